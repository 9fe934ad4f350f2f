"""What the commands of `batchline ask` have in common: account, answer, exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from typing import Any, TypeVar

import click
from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.systems import api_text
from batchline.systems.addresses import shown
from batchline.systems.lenient import Maybe
from batchline.systems.question import WAIT, Result
from batchline.worker.cli import complete
from batchline.worker.delivery.inquiring import WORDS
from batchline.worker.intake.lines import explain

#: Yes, no, not known -> the exit status of a question with such an answer. 2 is a failure.
EXIT_STATUS = {True: 0, False: 1, None: 3}
#: The most columns of a table; a row of more fields is a table of its own.
MOST_COLUMNS = 6
STATUS_HELP = "Exit status: 0 yes, 1 no, 3 not known, 2 if it could not be asked."

R = TypeVar("R", bound=Result)


class Unasked(click.ClickException):
    """The question could not be asked, or got no answer."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class How:
    """How a question is asked, and how its answer is shown."""

    #: The account's name; None: the system's only account.
    account: str | None
    #: Seconds to wait for the rate limit.
    wait: float
    as_json: bool


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every question: it gets them as `how`."""

    @click.option(
        "--account",
        type=complete.ACCOUNT,
        help="Whose API is asked; the system's only account if left out.",
    )
    @click.option(
        "--wait",
        default=WAIT,
        show_default=True,
        type=click.FloatRange(0, 10**6, max_open=True),
        help="Seconds to wait for the rate limit.",
    )
    @click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
    @wraps(command)
    def called(account: str | None, wait: float, as_json: bool, **given: Any) -> None:
        command(how=How(account, wait, as_json), **given)

    return called


def answer(
    system: str,
    how: How,
    ask: Callable[..., R],
    rows: Callable[[R], Iterable[Any]] = lambda result: [result],
    says: Callable[[R], Maybe] | None = None,
    note: Callable[[R], str] = lambda result: "",
) -> None:
    """Ask, show the result, and end with the status of its answer.

    `ask`: takes account, settings and wait. `rows`: the rows of the table. `says`: yes, no or not
    known, if the question has such an answer. `note`: a line below the table.
    """
    settings = Settings.load()
    name = how.account or _only_account(settings, system)
    try:
        result = ask(account=name, settings=settings, wait=how.wait)
    except ValidationError as error:
        raise Unasked(f"{explain(error).replace('data.', '')} (nothing was asked)") from None
    secrets = settings.account(name).secret_texts()
    if how.as_json:
        told: dict[str, Any] = {"account": name}
        if says is not None:
            told["says"] = says(result)
        told |= {**_as_dict(result), "raw": result.raw}
        click.echo(json.dumps(_masked(told, secrets), indent=2))
    else:
        if says is not None:
            click.echo(f"answer: {WORDS[says(result)]}")
        _show([_row(row) for row in rows(result)], secrets)
        if note(result):
            click.echo(note(result))
    if says is not None:
        sys.exit(EXIT_STATUS[says(result)])


def _only_account(settings: Settings, system: str) -> str:
    """`default` if it is of the system, else the only account that is."""
    names = [name for name, one in settings.accounts.items() if one.system == system]
    if len(names) == 1 or "default" in names:
        return "default" if "default" in names else names[0]
    if names:
        raise Unasked(f"--account: name one of {', '.join(names)}")
    raise Unasked(
        f"the settings have no account of {system} (`batchline config` shows what is in force)"
    )


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    """The value with secrets masked, and the parameters of every address: a signed one is one."""
    if isinstance(value, Mapping):
        return {_masked(name, secrets): _masked(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, secrets) for inner in value]
    return api_text.without_secrets(shown(value), secrets) if isinstance(value, str) else value


def _as_dict(value: Any) -> Any:
    """The value as JSON, without the API's own answers in it."""
    if is_dataclass(value):
        pairs = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _as_dict(inner) for name, inner in pairs if name != "raw"}
    if isinstance(value, Mapping):
        return {name: _as_dict(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_dict(inner) for inner in value]
    return value


def _show(rows: Sequence[Mapping[str, Any]], secrets: Sequence[str]) -> None:
    """Rows of few fields as one table, else each as a table of its fields."""
    if not rows:
        click.echo("The API shows nothing.")
    elif len(rows) > 1 and len(rows[0]) <= MOST_COLUMNS:
        lines = [list(row.values()) for row in rows]
        Console().print(_table(list(rows[0]), lines, secrets))
    else:
        for row in rows:
            Console().print(_table(["", ""], list(row.items()), secrets))


def _table(names: Sequence[str], lines: Iterable[Sequence[Any]], secrets: Sequence[str]) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, show_header=any(names))
    for name in names:
        table.add_column(name, overflow="fold")
    for line in lines:
        texts = (api_text.printable(shown(_cell(value)), secrets) for value in line)
        table.add_row(*(Text(text) for text in texts))
    return table


def _row(row: Any) -> dict[str, Any]:
    as_dict = _as_dict(row)
    return as_dict if isinstance(as_dict, dict) else {"": as_dict}


def _cell(value: Any) -> str:
    """The value for people."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ", ".join(value) or "none"
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
