"""The lanes page: a row for each account and operation, its partitions folded into it.

`read` takes a few round trips for each 500 lanes, and no message leaves Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.worker.inspection import paging, surroundings, why
from batchline.worker.inspection.lanes_filter import STATES, LanesFilter
from batchline.worker.inspection.surroundings import Breaker, Surroundings, Use
from batchline.worker.inspection.why import Answers
from batchline.worker.store import lane_states
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.pause import pause_of
from batchline.worker.store.store import Store

EVERY = LanesFilter()


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause that holds lanes of a row."""

    #: What `batchline resume` takes.
    scope: str
    reason: str
    #: The person who paused it, and seconds since; "" and None where a worker did.
    who: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of an account. Seconds are from now."""

    account: str
    operation: str
    #: Messages waiting, those in flight included; seconds since the oldest came into its lane.
    backlog: int
    oldest_seconds: float | None
    in_flight: int
    parked: int
    #: Of `parked`: contact, behind, suspects, ambiguous, delayed.
    parked_by: dict[str, int]
    #: Dead letters now; and messages that ever became one.
    dead: int
    died: int
    accepted: int
    delivered: int
    merged: int
    purged: int
    erased: int
    requests: int
    #: Delivered messages whose job has no result yet.
    confirming: int
    #: Failures of the destination in a row, of the lane with the most.
    attempts: int
    #: The error that lasts, in the API's words (masked), and seconds since it was met; the last one
    #: that is over.
    error: str
    error_seconds: float | None
    past_error: str
    past_error_seconds: float | None
    #: "closed", "open" or "half" (one lane probes); and seconds until it tries.
    breaker: str
    breaker_seconds: float | None
    #: Its pauses: of its account, of the operation, or of single lanes.
    paused: tuple[Paused, ...]
    #: The use of the account's limits; None where it has none.
    use: Use | None
    #: Seconds until the next of its lanes is due (0: now); None: nothing to do, or held.
    due_seconds: float | None
    #: The words of `STATES` that fit.
    states: tuple[str, ...]
    partitions: tuple[LaneState, ...]

    @property
    def scope(self) -> str:
        """What `batchline pause` and `resume` take."""
        return f"{self.account}:{self.operation}"


@dataclass(frozen=True, slots=True)
class LanesPage:
    """A page of rows."""

    rows: tuple[Row, ...]
    #: The page's number from 1 on, how many pages and rows there are with this filter, and without.
    page: int
    pages: int
    matching: int
    of: int
    #: Sums over the matching rows.
    totals: dict[str, int]
    around: Surroundings

    def why(self, row: Row) -> list[Answers]:
        """Why the row does not move; see `why.py`."""
        return why.of_lanes(row.partitions, self.around)


#: Column -> what rows are sorted by; numbers without a value come last where they ascend.
SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: (row.account, row.operation),
    "account": lambda row: (row.account, row.operation),
    "operation": lambda row: (row.operation, row.account),
    "backlog": lambda row: row.backlog,
    "oldest": lambda row: row.oldest_seconds or 0.0,
    "in_flight": lambda row: row.in_flight,
    "parked": lambda row: row.parked,
    "dead": lambda row: row.dead,
    "died": lambda row: row.died,
    "accepted": lambda row: row.accepted,
    "delivered": lambda row: row.delivered,
    "merged": lambda row: row.merged,
    "attempts": lambda row: row.attempts,
    "due": lambda row: float("inf") if row.due_seconds is None else row.due_seconds,
    "partitions": lambda row: len(row.partitions),
}
#: Numbers that are summed up over the rows.
SUMS = (
    *("backlog", "in_flight", "parked", "dead", "died", "accepted", "delivered", "merged"),
    *("purged", "erased", "requests"),
)


def read(
    store: Store,
    settings: Settings,
    wanted: LanesFilter = EVERY,
    sort: str = "-backlog",
    page: int = 1,
    size: int = paging.PAGE_SIZE,
) -> LanesPage:
    """A page of the rows that fit; `sort`: a column of `SORTS`, with - before it descending.

    An unknown column sorts by name.
    """
    states = lane_states.read(store)
    around = surroundings.read(store, settings, states)
    every = fold(states, around)
    rows = [row for row in every if fits(row, wanted)]
    return page_of(rows, len(every), around, sort, page, size)


def fold(states: Iterable[LaneState], around: Surroundings) -> list[Row]:
    """The lanes as rows of account and operation, by name."""
    groups: dict[tuple[str, str], list[LaneState]] = {}
    for one in states:
        groups.setdefault((one.lane.account, one.lane.operation), []).append(one)
    return [_row(groups[key], around) for key in sorted(groups)]


def fits(row: Row, wanted: LanesFilter) -> bool:
    """Whether the row meets every condition."""
    return (
        wanted.names(row.account, row.operation)
        and (wanted.state is None or not set(wanted.state).isdisjoint(row.states))
        and (wanted.text is None or wanted.text.casefold() in _text_of(row))
    )


def page_of(
    rows: Sequence[Row], of: int, around: Surroundings, sort: str, page: int, size: int
) -> LanesPage:
    """The page of these rows; `of`: how many there are without a filter."""
    column = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    by_name = sorted(rows, key=SORTS["name"])
    ordered = sorted(by_name, key=column, reverse=sort.startswith("-"))
    sums = {name: sum(getattr(row, name) for row in rows) for name in SUMS}
    shown, page, pages = paging.cut(ordered, page, size)
    return LanesPage(shown, page, pages, len(rows), of, sums, around)


def paused_of(scope: str, reason: str, around: Surroundings) -> Paused:
    """The pause of this scope, with who paused it."""
    by = around.paused_by.get(scope)
    return Paused(scope, reason, by.who, _ago(by.at, around.now)) if by else Paused(scope, reason)


def _row(lanes: list[LaneState], around: Surroundings) -> Row:
    account, operation, _ = lanes[0].lane
    now = around.now
    lanes = sorted(lanes, key=lambda one: one.lane.partition)
    oldest = min((one.oldest for one in lanes if one.oldest), default=0)
    dues = [one.due for one in lanes if one.due is not None]
    breaker = _breaker(lanes, around)
    reasons = [why.parked_by(one) for one in lanes]
    error, error_at = _latest(lanes, "error")
    past, past_at = _latest(lanes, "past_error")
    sums = {
        name: sum(one[name] for one in lanes)
        for name in (
            *("in_flight", "parked", "dead", "died", "accepted", "delivered", "merged"),
            *("purged", "erased", "requests", "confirming"),
        )
    }
    fields: dict[str, Any] = dict(
        account=account,
        operation=operation,
        backlog=sum(one.backlog for one in lanes),
        oldest_seconds=_ago(oldest, now),
        parked_by={word: sum(one[word] for one in reasons) for word in reasons[0]},
        attempts=max(one["attempts"] for one in lanes),
        error=error,
        error_seconds=_ago(error_at, now),
        past_error=past,
        past_error_seconds=_ago(past_at, now),
        breaker=breaker.state if breaker else "closed",
        breaker_seconds=max(0.0, round((breaker.until - now) / 1000, 1)) if breaker else None,
        paused=_pauses(lanes, around),
        use=around.use.get(account),
        due_seconds=max(0.0, round((min(dues) - now) / 1000, 1)) if dues else None,
        partitions=tuple(lanes),
        **sums,
    )
    return Row(states=_states(fields, now), **fields)


def _states(row: dict[str, Any], now: int) -> tuple[str, ...]:
    """The words that fit the fields of a row."""
    use: Use | None = row["use"]
    is_so = {
        "paused": bool(row["paused"]),
        "failing": row["attempts"] > 0 or bool(row["error"]),
        "breaker": row["breaker"] != "closed",
        "limited": use is not None and use.is_used_up(now),
        "waiting": row["backlog"] > 0,
        "sending": row["in_flight"] > 0,
        "parked": row["parked"] > 0,
        "dead": row["dead"] > 0,
        "idle": row["backlog"] == 0 and row["parked"] == 0,
    }
    return tuple(word for word in STATES if is_so[word])


def _breaker(lanes: list[LaneState], around: Surroundings) -> Breaker | None:
    """The operation's breaker, else the host's with which a lane waits; None: both are closed."""
    account, operation, _ = lanes[0].lane
    found = around.breaker_of(account, operation)
    if found is not None:
        return found
    keys = (one.texts["waits_with"] for one in lanes if "waits_with" in one.texts)
    return next((around.breakers[key] for key in keys if key in around.breakers), None)


def _pauses(lanes: list[LaneState], around: Surroundings) -> tuple[Paused, ...]:
    if not around.paused:
        return ()
    reasons = dict(around.paused)
    held = dict(filter(None, (pause_of(str(one.lane), reasons) for one in lanes)))
    return tuple(paused_of(scope, reason, around) for scope, reason in held.items())


def _latest(lanes: list[LaneState], field: str) -> tuple[str, int]:
    """The text of the lane that met it last, and when (UNIX ms); "" and 0 where none did."""
    found = [(one[f"{field}_at"], one.texts[field]) for one in lanes if field in one.texts]
    at, text = max(found, default=(0, ""))
    return text, at


def _text_of(row: Row) -> str:
    pauses = " ".join(f"{one.scope} {one.reason}" for one in row.paused)
    return f"{row.scope} {row.error} {row.past_error} {pauses}".casefold()


def _ago(at: int, now: int) -> float | None:
    return max(0.0, round((now - at) / 1000, 1)) if at else None
