"""What `batchline config --routes` shows: where each field of a message of ours goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from batchline.producers.neutral import NEUTRAL, standard_fields
from batchline.producers.settings import Settings
from batchline.systems.mapping.targets import EVERY


def routes(settings: Settings) -> list[dict[str, Any]]:
    """For each neutral type, every account that takes it: those of the route first, in its order.

    `fields` is field -> target; None where a field has no target yet, and would be refused.
    """
    return [
        {
            "message": name,
            "account": account,
            "system": settings.account(account).system,
            "operation": settings.account(account).tables[name].message.operation,
            "on_route": account in getattr(settings.routes, name),
            "fields": _fields(settings, name, account),
        }
        for name in NEUTRAL
        for account in _accounts(settings, name)
    ]


def table(found: list[dict[str, Any]]) -> Table:
    """The same for people."""
    shown = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("message", "account", "system", "field", "target"):
        shown.add_column(column, overflow="fold")
    for entry in found:
        name = entry["message"] if entry["on_route"] else f"({entry['message']})"
        who = (name, entry["account"], f"{entry['system']} {entry['operation']}")
        for field, target in entry["fields"].items():
            shown.add_row(*who, field, target or "none: refused")
            who = ("", "", "")
        shown.add_section()
    return shown


def _accounts(settings: Settings, name: str) -> Iterator[str]:
    routed: tuple[str, ...] = getattr(settings.routes, name)
    yield from routed
    for account, own in settings.accounts.items():
        if account not in routed and name in own.tables:
            yield account


def _fields(settings: Settings, name: str, account: str) -> dict[str, str | None]:
    """The standard fields, then those of the table's own; `*` last."""
    targets = settings.account(account).targets(name)
    standard = standard_fields(NEUTRAL[name])
    own = [field for field in targets if field not in (*standard, EVERY)]
    every = [EVERY] if EVERY in targets else []
    return {
        field: str(targets[field]) if field in targets else None
        for field in (*standard, *own, *every)
    }
