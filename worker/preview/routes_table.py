"""The table of `batchline config --routes`: where each field of a contact or event of ours goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.table import Table

from batchline.producers.neutral import NEUTRAL, standard_fields
from batchline.producers.settings import Settings
from batchline.systems.mapping.targets import EVERY


def routes(settings: Settings) -> list[dict[str, Any]]:
    """A row for each neutral type and account that takes it; accounts on the route first, in order.

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
            **_event_types(settings, name, account),
        }
        for name in NEUTRAL
        for account in _accounts(settings, name)
    ]


def table(rows: list[dict[str, Any]]) -> Table:
    """The rows of `routes` as a table for people."""
    shown = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("message", "account", "system", "field", "target"):
        shown.add_column(column, overflow="fold")
    for row in rows:
        name = row["message"] if row["on_route"] else f"({row['message']})"
        heads = (name, row["account"], f"{row['system']} {row['operation']}")
        for field, target in row["fields"].items():
            shown.add_row(*heads, field, target or "none: refused")
            heads = ("", "", "")
        for ours, theirs in row.get("event_types", {}).items():
            shown.add_row("", "", "", f"type {ours}", theirs)
        shown.add_section()
    return shown


def _accounts(settings: Settings, name: str) -> Iterator[str]:
    routed: tuple[str, ...] = getattr(settings.routes, name)
    yield from routed
    for account, own in settings.accounts.items():
        if account not in routed and name in own.tables:
            yield account


def _event_types(settings: Settings, name: str, account: str) -> dict[str, Any]:
    """Of events: our type -> the account's own name for it; other types go as they are."""
    if name != "event":
        return {}
    return {"event_types": dict(settings.account(account).mapping.event_types)}


def _fields(settings: Settings, name: str, account: str) -> dict[str, str | None]:
    """Field -> target: the standard fields, then the table's own fields; `*` last."""
    targets = settings.account(account).targets(name)
    standard = standard_fields(NEUTRAL[name])
    own = [field for field in targets if field not in (*standard, EVERY)]
    every = [EVERY] if EVERY in targets else []
    return {
        field: str(targets[field]) if field in targets else None
        for field in (*standard, *own, *every)
    }
