"""`batchline preview`."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence

import click

from batchline.producers.outgoing import Copy
from batchline.producers.settings import Settings
from batchline.systems.question import WAIT
from batchline.worker.cli import complete, exit_codes
from batchline.worker.cli.ask.output import Unasked
from batchline.worker.cli.files import TableOptions, table_options
from batchline.worker.cli.numbers import many
from batchline.worker.cli.output import JSON_LINES
from batchline.worker.delivery.asking import Asker
from batchline.worker.delivery.inquiring import WORDS, Inquirer
from batchline.worker.intake.lines import BadLine, parse_fields, route_of
from batchline.worker.intake.messages import Intake
from batchline.worker.intake.source import opened
from batchline.worker.intake.table import checked_fields
from batchline.worker.intake.table_form import TableForm
from batchline.worker.preview.inquiries import inquiries
from batchline.worker.preview.requests import Previewed, preview


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--account",
    default="default",
    show_default=True,
    type=complete.ACCOUNT,
    help="Whose requests are shown.",
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0), help="Requests.")
@JSON_LINES
@click.option(
    "--ask", is_flag=True, help="Then ask the API: is the contact there, the push, the owner?"
)
@table_options
def command(
    file: str,
    account: str,
    limit: int,
    ask: bool,
    as_json: bool,
    table: TableOptions,
) -> None:
    """Print the requests that the messages in FILE would become for one account; send nothing.

    FILE has the lines of `batchline enqueue` (- for standard input), or is a CSV as it takes them.
    Those that name no account are taken as the account's, those that name another one are left
    out. The requests are what a worker would send if the lanes held nothing else; secrets, and what
    is made of them, are shown as ***.
    A bad line is reported with its number, field and reason, and makes the exit status 1.

    With --ask the API is asked about what the messages name, which changes nothing there: --limit
    questions at most, each once. Exit status 2 if it does not answer.
    """
    settings = Settings.load()
    settings.account(account)
    form = table.form(file, account, settings)
    outgoing, others, bad, routes = _read(file, account, settings, form)
    requests = list(preview(outgoing, settings, time.time()))
    for number, request in enumerate(requests[:limit], start=1):
        click.echo(_line(request) if as_json else _shown(number, request))
    if len(requests) > limit:
        click.echo(f"... {len(requests) - limit:,} more requests (--limit)\n", err=as_json)
    for route, number in routes.items():
        click.echo(
            f"{number:,} lines name no account: enqueued without --account, each goes to "
            f"{', '.join(route)} (its route)",
            err=as_json,
        )
    sent = _counted(len(outgoing), "message"), _counted(len(requests), "request")
    counts = [f"{sent[0]} would go out as {sent[1]}"]
    counts += [f"{others:,} lines are for other accounts"] if others else []
    counts += [f"{bad:,} lines are bad"] if bad else []
    click.echo("; ".join(counts), err=as_json)
    failure = _ask(outgoing, account, settings, limit, as_json) if ask else ""
    if failure:
        raise Unasked(f"asked no further: {failure}")
    if bad:
        sys.exit(exit_codes.WRONG)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ask(
    outgoing: Sequence[Copy], account: str, settings: Settings, limit: int, as_json: bool
) -> str:
    """Ask the API about the messages, and print its answers; why it could not be asked further."""
    with Asker(settings, account, WAIT) as asker:
        inquirer = Inquirer(asker, limit)
        counts = Counter[str]()
        for one in inquiries(outgoing, settings, inquirer):
            counts[WORDS[one.says]] += 1
            why = f": {one.detail}" if one.detail else ""
            click.echo(
                f"{one.about}: {one.asks} {WORDS[one.says]} ({one.method}){why}", err=as_json
            )
    told = ", ".join(f"{counts[word]:,} {word}" for word in WORDS.values() if counts[word])
    rest = f"; {inquirer.left_out:,} not asked (--limit)" if inquirer.left_out else ""
    click.echo(
        f"{many(counts.total(), 'question')} asked{': ' if told else ''}{told}{rest}", err=as_json
    )
    return inquirer.failure


def _read(
    file: str, account: str, settings: Settings, form: TableForm | None
) -> tuple[list[Copy], int, int, Counter[tuple[str, ...]]]:
    """The account's messages, and how many lines are for other accounts, and bad.

    At last route -> how many lines go to other accounts than this one too, or instead.
    """
    outgoing: list[Copy] = []
    routes = Counter[tuple[str, ...]]()
    others = bad = 0
    with opened(file, form is not None) as lines:
        for row in Intake(lines, settings, account, form).rows():
            if row.doubt:
                click.echo(f"line {row.number}: warning: {row.doubt}", err=True)
            try:
                fields = checked_fields(row)
                [message] = parse_fields(fields, account, settings, len(row.text))
            except BadLine as problem:
                bad += 1
                told = form.with_column(problem) if form else problem
                click.echo(f"line {row.number}: {told}", err=True)
                continue
            if message.account == account:
                outgoing.append(message)
            else:
                others += 1
            route = route_of(fields, settings)
            if {*route} - {account}:
                routes[route] += 1
    return outgoing, others, bad, routes


def _line(request: Previewed) -> str:
    call = request.call
    fields = {
        "operation": request.operation,
        "lane": str(request.lane),
        "messages": request.messages,
        "method": call.method,
        "url": call.url,
        "headers": dict(call.headers),
        "body": call.body.decode(),
    }
    return json.dumps(fields, ensure_ascii=False)


def _shown(number: int, request: Previewed) -> str:
    call = request.call
    lines = [
        f"# {number}: {request.operation}, {_counted(request.messages, 'message')} of lane "
        f"{request.lane}",
        f"{call.method} {call.url}",
        *(f"{name}: {value}" for name, value in call.headers.items()),
    ]
    return "\n".join([*lines, "", call.body.decode(), ""])
