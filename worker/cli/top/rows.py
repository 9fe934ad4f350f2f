"""The rows of each tab of `batchline top`, as texts. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from batchline.worker.cli.top.views import Found, Tab, trouble_key
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.inspection.history_table import number, sparkline
from batchline.worker.inspection.lanes_page import Row
from batchline.worker.inspection.status_table import ago
from batchline.worker.store.history import History

#: Characters of a bar of progress.
BAR = 10
#: Characters of a column of words, of which the detail has all.
WORDS = 120
#: States that have a column of their own.
COUNTED = ("waiting", "sending", "parked", "dead")


class Column(NamedTuple):
    """A column: its head, and whether it holds numbers."""

    head: str
    is_number: bool = False


class Line(NamedTuple):
    """A row: what it is about, and its cells."""

    key: str
    cells: tuple[str, ...]


#: Tab -> its title and its columns. What matters first stands within 80 columns; the arrows show
#: the rest.
TABS: dict[Tab, tuple[str, tuple[Column, ...]]] = {
    "lanes": (
        "Lanes",
        (
            Column("lane"),
            Column("state"),
            Column("backlog", True),
            Column("oldest", True),
            Column("dead", True),
            Column("parked", True),
            Column("out/min", True),
            Column("in/min", True),
            Column("in flight", True),
            Column("failures", True),
            Column("due", True),
            Column("in, 1 hour"),
            Column("out, 1 hour"),
            Column("the API's words"),
        ),
    ),
    "troubles": (
        "Troubles",
        (
            Column("where"),
            Column("what"),
            Column("for", True),
            Column("messages", True),
            Column("do"),
            Column("detail"),
        ),
    ),
    "dead": (
        "Dead letters",
        (
            Column("died", True),
            Column("reason"),
            Column("lane"),
            Column("the API's words"),
            Column("message"),
        ),
    ),
    "bulk": (
        "Bulk acts",
        (
            Column("name"),
            Column("what"),
            Column("state"),
            Column("progress"),
            Column("done", True),
            Column("of", True),
            Column("left", True),
            Column("by"),
            Column("filter"),
        ),
    ),
}


def rows(found: Found) -> list[Line]:
    """The rows of the tab that was read."""
    return _ROWS[found.view.tab](found)


def state(row: Row) -> str:
    """What a lane is beside its numbers, in words."""
    words = [word for word in row.states if word not in COUNTED]
    if "breaker" in words:
        words[words.index("breaker")] = f"breaker {row.breaker}"
    return ", ".join(words) or ("sending" if row.in_flight else "waiting")


def _lanes(found: Found) -> list[Line]:
    assert found.lanes is not None
    return [_lane(row, found.overview.hour) for row in found.lanes.rows]


def _lane(row: Row, hour: History) -> Line:
    series = hour.of(row.account, row.operation)
    cells = (
        *(row.scope, state(row), f"{row.backlog:,}", ago(row.oldest_seconds)),
        *(f"{row.dead:,}", f"{row.parked:,}"),
        number(hour.per_minute(series.delivered)),
        number(hour.per_minute(series.enqueued)),
        *(f"{row.in_flight:,}", f"{row.attempts:,}"),
        "paused" if row.paused else ago(row.due_seconds),
        *(sparkline(series.enqueued), sparkline(series.delivered), row.error[:WORDS]),
    )
    return Line(row.scope, cells)


def _troubles(found: Found) -> list[Line]:
    return [
        Line(
            trouble_key(one),
            (
                *(one["scope"], one["words"], ago(one["seconds"]), f"{one['messages']:,}"),
                *(one["do"], one["detail"][:WORDS]),
            ),
        )
        for one in found.troubles
    ]


def _dead(found: Found) -> list[Line]:
    assert found.sheet is not None
    return [_letter(one, found.now) for one in found.sheet.letters]


def _letter(one: DeadLetter, now: int) -> Line:
    died = f"{ago((now - one.died_at) / 1000)} ago"
    lane = f"{one.lane.account}:{one.operation}"
    return Line(one.id, (died, one.reason, lane, one.detail[:WORDS], one.id))


def _bulk(found: Found) -> list[Line]:
    return [_act(one) for one in found.acts]


def _act(one: BulkAct) -> Line:
    full = one.percent * BAR // 100
    bar = f"{'█' * full}{'░' * (BAR - full)} {one.percent:>3}%"
    counts = (f"{one.done:,}", f"{one.total:,}", f"{one.left:,}")
    return Line(
        one.name, (one.name, one.what, one.state, bar, *counts, one.who, one.filter or "all")
    )


_ROWS: dict[Tab, Callable[[Found], list[Line]]] = {
    "lanes": _lanes,
    "troubles": _troubles,
    "dead": _dead,
    "bulk": _bulk,
}
