"""`batchline operations`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import get_type_hints

import click
from rich import box
from rich.console import Console
from rich.table import Table

from batchline.producers import esputnik, salesmanago_mobile, smartsender
from batchline.producers import salesmanago as helpers
from batchline.systems.message import Message
from batchline.systems.operation import Operation
from batchline.systems.registry import systems
from batchline.systems.salesmanago import messages as salesmanago
from batchline.worker.cli.output import JSON_LINES, json_lines

#: The modules with messages that an application imports from batchline.
MODULES = {
    "salesmanago": salesmanago,
    "salesmanago_mobile": salesmanago_mobile,
    "esputnik": esputnik,
    "smartsender": smartsender,
}
#: A column's head -> its text for an operation.
Columns = Mapping[str, Callable[[Operation], str]]
PROMISES: Columns = {
    "batching": lambda one: one.batching,
    "idempotent": lambda one: _idempotent(one),
    "when ambiguous": lambda one: f"{one.ambiguous}; hold those" if one.repeats else one.ambiguous,
    "verified by": lambda one: one.verified or "-",
}
DEFAULTS: Columns = {
    "linger": lambda one: f"{one.linger:g} s" if one.lane == one.name else f"in `{one.lane}`",
    "batch_size (at most)": lambda one: (
        f"{one.batch_size:,} ({one.largest_batch:,})" if one.lane == one.name else ""
    ),
}
PYTHON: Columns = {
    "message": lambda one: _code(class_of(one)),
    "helper": lambda one: _code(helper_of(one)),
}


def class_of(operation: Operation) -> str:
    """The class of its messages, as an application imports it from batchline; "" for none."""
    message = operation.message
    if getattr(MODULES.get(operation.system), message.__name__, None) is message:
        return f"{operation.system}.{message.__name__}"
    is_ours = message.__module__.startswith("batchline.")
    return "" if is_ours else f"{message.__module__}.{message.__name__}"


def helper_of(operation: Operation) -> str:
    """The function that builds and sends one of its messages; "" for none."""
    return _helpers().get(operation.message, "")


@cache
def _helpers() -> dict[type[Message], str]:
    return {
        get_type_hints(getattr(helpers, name).build)["return"]: f"salesmanago.{name}"
        for name in helpers.__all__
    }


def _code(name: str) -> str:
    return f"`{name}`" if name else "-"


def _idempotent(operation: Operation) -> str:
    if not operation.idempotent:
        return "no"
    return f"yes, but for {operation.repeats}" if operation.repeats else "yes"


@click.command()
@click.option("--system", type=click.Choice(list(systems())), help="Of one system only.")
@click.option("--defaults", is_flag=True, help="Instead: how they wait and batch.")
@click.option("--python", is_flag=True, help="Instead: the class of its messages, and its helper.")
@click.option("--markdown", is_flag=True, help="As the documents have it.")
@JSON_LINES
def command(
    system: str | None, defaults: bool, python: bool, markdown: bool, as_json: bool
) -> None:
    """Show every operation: how its messages are batched, and what its API promises.

    "When ambiguous" is what happens by default when it is not known whether the API took a message:
    resend it, hold it for a person, or verify it, which asks the API first. Classes and helpers
    are imported from batchline: from batchline import salesmanago.
    """
    if defaults and python:
        raise click.UsageError("give --defaults or --python, not both")
    names = [system] if system else list(systems())
    columns = DEFAULTS if defaults else PYTHON if python else PROMISES
    if as_json:
        rows = [_as_dict(one) for name in names for one in systems()[name].operations]
        json_lines(rows)
    elif markdown:
        click.echo(markdown_tables(columns, names))
    else:
        for name in names:
            Console().print(_table(columns, name))


def markdown_tables(columns: Columns, names: Iterable[str] | None = None) -> str:
    """A table for each system, as README.md and docs/settings.md have them."""
    lines = []
    for system in names or systems():
        lines += [f"| `{system}` | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
        for one in systems()[system].operations:
            cells = [f"`{one.name}`", *(value(one) for value in columns.values())]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip()


#: Letters of the longest word that no column breaks.
USUAL_WORD = 12


def _table(columns: Columns, system: str) -> Table:
    table = Table(
        title=system,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("operation", no_wrap=True)
    rows = [
        [value(one).replace("`", "") for value in columns.values()]
        for one in systems()[system].operations
    ]
    for name, *cells in zip(columns, *rows, strict=True):
        # A column of usual words breaks none of them; that of paths and names gives way.
        longest = max(len(word) for text in (name, *cells) for word in text.split())
        whole = longest if longest <= USUAL_WORD else None
        table.add_column(name, overflow="fold", min_width=whole)
    for one, cells in zip(systems()[system].operations, rows, strict=True):
        table.add_row(one.name, *cells)
    return table


def _as_dict(operation: Operation) -> dict[str, object]:
    return {
        "system": operation.system,
        "operation": operation.name,
        "lane": operation.lane,
        "message": class_of(operation) or None,
        "helper": helper_of(operation) or None,
        "batching": operation.batching,
        "idempotent": operation.idempotent,
        "repeats": operation.repeats,
        "ambiguous": operation.ambiguous,
        "verified": operation.verified,
        "linger": operation.linger,
        "batch_size": operation.batch_size,
        "largest_batch": operation.largest_batch,
    }
