"""What `batchline top` shows, read over the same functions as the dashboard, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.inspection import accounts_page, lanes_page
from batchline.worker.inspection.accounts_page import AccountRow
from batchline.worker.inspection.history_table import sparkline
from batchline.worker.inspection.lanes_filter import LanesFilter
from batchline.worker.inspection.lanes_page import LARGEST_PAGE, LanesPage, Row
from batchline.worker.inspection.status_table import ago
from batchline.worker.store import history, redis_clock
from batchline.worker.store.history import History
from batchline.worker.store.store import Store
from batchline.worker.troubles import watch
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import as_dict

#: Tab -> its title and its columns.
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "lanes": (
        "Lanes",
        ("operation", "backlog", "oldest", "in flight", "parked", "dead", "state", "in", "out"),
    ),
    "accounts": (
        "Accounts",
        ("account", "system", "backlog", "oldest", "parked", "dead", "failing", "state"),
    ),
    "dead": ("Dead letters", ("operation", "dead", "died ever", "purged", "the API's words")),
    "troubles": ("Troubles", ("scope", "kind", "level", "since", "messages", "words", "do")),
    "bulk": ("Bulk acts", ("name", "what", "state", "done", "of", "by", "filter")),
}
#: By what lanes are sorted, one after the other.
SORTS = ("-backlog", "-oldest", "-parked", "-dead", "-attempts", "name")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the tabs show, at one moment."""

    lanes: LanesPage
    hour: History
    accounts: Sequence[AccountRow]
    troubles: Sequence[dict[str, Any]]
    bulk: Sequence[BulkAct]

    def rows(self, tab: str) -> list[tuple[str, tuple[str, ...]]]:
        """The rows of a tab: what each is about (its key), and its cells."""
        return _ROWS[tab](self)

    def row(self, scope: str) -> Row | None:
        """The row of "account:operation"."""
        return next((one for one in self.lanes.rows if one.scope == scope), None)


def read(store: Store, settings: Settings, wanted: LanesFilter, sort: str) -> Snapshot:
    """Read all of it; no message leaves Redis."""
    now = redis_clock.now(store)
    lanes = lanes_page.read(store, settings, wanted, sort, 1, LARGEST_PAGE)
    accounts = accounts_page.read(store, settings)
    troubles = [
        as_dict(one, now) for one in watch.shown(store, settings.stall_after, Kept.of(settings))
    ]
    return Snapshot(
        lanes=lanes,
        hour=history.last_hour(store),
        accounts=[one for one in accounts if wanted.account in (None, one.name)],
        troubles=[
            one
            for one in troubles
            if wanted.account in (None, one["account"])
            and wanted.operation in (None, one["operation"])
        ],
        bulk=bulk.every(store),
    )


def describe(snapshot: Snapshot, tab: str, key: str) -> str:
    """Why the row does not move, and what to do; or all that there is to say of it."""
    if tab in ("lanes", "dead"):
        row = snapshot.row(key)
        answers = snapshot.lanes.why(row) if row else []
        lines = [
            f"{', '.join(one.lanes[:5])}: {one.answer.text}"
            + (f"\n  Do: {one.answer.do}" if one.answer.do else "")
            for one in answers
        ]
        return "\n".join([key, "", *lines])
    cells = dict(snapshot.rows(tab)).get(key, ())
    return "\n".join(f"{name}: {cell}" for name, cell in zip(TABS[tab][1], cells, strict=False))


def _lanes(now: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    rows = []
    for one in now.lanes.rows:
        series = now.hour.of(one.account, one.operation)
        states = ", ".join(word for word in one.states if word not in ("waiting", "dead", "parked"))
        cells = (
            *(one.scope, f"{one.backlog:,}", ago(one.oldest_seconds), f"{one.in_flight:,}"),
            *(f"{one.parked:,}", f"{one.dead:,}", states),
            *(sparkline(series.enqueued), sparkline(series.delivered)),
        )
        rows.append((one.scope, cells))
    return rows


def _accounts(now: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (
            one.name,
            (
                *(one.name, one.system or "not in the settings", f"{one.backlog:,}"),
                *(ago(one.oldest_seconds), f"{one.parked:,}", f"{one.dead:,}", f"{one.failing:,}"),
                f"paused: {one.paused.reason}" if one.paused else "",
            ),
        )
        for one in now.accounts
    ]


def _dead(now: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (
            one.scope,
            (one.scope, f"{one.dead:,}", f"{one.died:,}", f"{one.purged:,}", one.error),
        )
        for one in sorted(now.lanes.rows, key=lambda row: -row.dead)
        if one.dead
    ]


def _troubles(now: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (
            f"{one['kind']} {one['scope']}",
            (
                *(one["scope"], one["kind"], one["level"], ago(one["seconds"])),
                *(f"{one['messages']:,}", one["words"], one["do"]),
            ),
        )
        for one in now.troubles
    ]


def _bulk(now: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (
            one.name,
            (
                *(one.name, one.what, one.state, f"{one.done:,}", f"{one.total:,}", one.who),
                one.filter or "all",
            ),
        )
        for one in now.bulk
    ]


_ROWS: dict[str, Callable[[Snapshot], list[tuple[str, tuple[str, ...]]]]] = {
    "lanes": _lanes,
    "accounts": _accounts,
    "dead": _dead,
    "troubles": _troubles,
    "bulk": _bulk,
}
