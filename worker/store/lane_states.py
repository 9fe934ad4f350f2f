"""The state of every lane as Redis holds it, read in few calls however many lanes there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.lanes import number
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

LANES = Script("lanes")
#: Lanes read in one call: it holds Redis for some ms.
PAGE = 250
#: Counters of a lane's state (`worker/store/lua/claim.lua`).
COUNTERS = (
    *("accepted", "delivered", "merged", "dead", "died", "purged", "erased", "requests"),
    *("parked", "parked_contact_missing", "parked_behind", "parked_suspected", "parked_ambiguous"),
    *("confirming", "confirmed", "unconfirmed"),
    *("failed_requests", "late", "unmerged", "unpurged", "unaccepted"),
)
#: Beginnings of counters by the reason of dead letters.
BY_REASON = ("dead_", "died_")
#: Numbers of the state that are no counters; UNIX ms those that are times.
NUMBERS = (
    *("attempts", "in_flight", "until", "retry_at", "moved", "claims", "failing_since"),
    *("error_at", "past_error_at"),
)
TEXTS = ("hold", "token", "waits_with", "sending", "error", "past_error", "trouble", "system")


@dataclass(frozen=True, slots=True)
class LaneState:
    """One lane. Times are UNIX ms of Batchline's clock; 0 where there is none."""

    lane: Lane
    #: Messages waiting, those in flight included.
    backlog: int = 0
    #: When the oldest of them entered the lane.
    oldest: int = 0
    #: When the lane is due; None: nothing to do, or paused.
    due: int | None = None
    #: Field of the state -> number; fields that are not there are 0.
    numbers: dict[str, int] = field(default_factory=dict)
    #: Field of the state -> text; fields that are not there are absent.
    texts: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        """A counter, or another number of the state."""
        return self.numbers.get(name, 0)

    @property
    def owner(self) -> str:
        """The worker that owns the lease, or did last; ""."""
        return self.texts.get("token", "").partition("-")[0]


@dataclass(frozen=True, slots=True)
class Survey:
    """Every member of the set `lanes`."""

    #: By name.
    states: list[LaneState]
    #: Lanes with a key of a wrong type, for somebody else wrote there.
    mistyped: list[Lane]
    #: Members that name no lane.
    malformed: list[bytes]


def survey(store: Store) -> Survey:
    """Every lane, and what is no lane."""
    members: Any = store.client.smembers(store.keys.lanes)
    names = {member: member.decode(errors="replace") for member in members}
    malformed = [member for member, name in names.items() if not is_lane(name)]
    rows = list(_rows(store, sorted(filter(is_lane, names.values()))))
    return Survey(
        states=[_state(lane, *row) for lane, row in rows if row],
        mistyped=[lane for lane, row in rows if not row],
        malformed=malformed,
    )


def read(store: Store, names: Sequence[str] | None = None) -> list[LaneState]:
    """Every lane, or these, by name; one with a key of a wrong type is left out."""
    if names is None:
        return survey(store).states
    return [_state(lane, *row) for lane, row in _rows(store, names) if row]


def names_of(store: Store, scope: str) -> list[str]:
    """The lanes of an account, of "account:operation", or the lane of that name."""
    return [one for one in names(store) if f"{one}:".startswith(f"{scope}:")]


def names(store: Store) -> list[str]:
    """Every lane that ever held a message, sorted; one call however many they are."""
    members: Any = store.client.smembers(store.keys.lanes)
    return sorted(filter(is_lane, (member.decode(errors="replace") for member in members)))


def _rows(store: Store, names: Sequence[str]) -> Iterator[tuple[Lane, list[Any]]]:
    """What `lanes.lua` answers of each lane."""
    # The client's own connections: one that broke while it was idle is replaced.
    source = LANES.source(store.client)
    client: Any = store.client
    for at in range(0, len(names), PAGE):
        page = names[at : at + PAGE]
        text = client.eval(source, 1, store.keys.due, store.keys.start, *page)
        rows = json.loads(text.decode(errors="replace"))
        yield from zip(map(Lane.parse, page), rows, strict=True)


def _state(lane: Lane, backlog: int, oldest: str, due: str, state: list[str]) -> LaneState:
    # An empty list is an empty object to Lua.
    found = dict(zip(*[iter(state)] * 2, strict=True)) if state else {}
    return LaneState(
        lane,
        backlog,
        int(oldest.partition("-")[0] or 0),
        number(due.encode()) if due else None,
        {
            name: _number(text)
            for name, text in found.items()
            if name in _NUMBERS or name.startswith(BY_REASON)
        },
        {name: found[name] for name in TEXTS if name in found},
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else number(text.encode(errors="replace"))


_NUMBERS = frozenset((*COUNTERS, *NUMBERS))
