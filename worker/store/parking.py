"""Messages that wait outside their lane: what they carry, and when they come back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from batchline.systems.account import Replay
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

UNPARK = Script("unpark")
#: Parked messages brought back in one call: each call blocks Redis for a few ms at most.
UNPARK_COUNT = 1000
#: What a message's history says of its replay; and of one that asks for it to be sent even if it
#: was superseded (`delivery/superseded.py`).
REPLAYED = "replayed"
REPLAYED_SUPERSEDED = "replayed: even if superseded"
REPLAYS = (REPLAYED, REPLAYED_SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a message has been through. Travels with it, in its entry's field `meta`."""

    id: str
    #: How often it was sent and its contact was missing.
    tries: int = 0
    #: What happened to it before, oldest first: [UNIX ms, detail].
    history: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def from_json(cls, text: bytes) -> Meta:
        return cls(**json.loads(text))

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def with_event(self, at: int, detail: str) -> Meta:
        return replace(self, history=[*self.history, (at, detail)])

    def last_replay(self) -> tuple[int, str]:
        """When (UNIX ms) and how it was replayed last; (0, "") when it never was."""
        replays = (one for one in reversed(self.history) if one[1] in REPLAYS)
        at, detail = next(replays, (0, ""))
        return at, detail


def next_try(tries: int, replay: Replay) -> float | None:
    """Seconds until a message whose contact is missing is tried again; None: give it up.

    `tries` counts those that found no contact, this one included. The documented replay is every
    5 minutes for 1 hour, which is 12 tries after the first.
    """
    return replay.every if tries <= round(replay.until / replay.every) else None


def unpark(store: Store) -> int:
    """Bring back the parked messages whose time has come; how many."""
    keys = [store.keys.parked, store.keys.parked_body, store.keys.due]
    return int(UNPARK(store, keys, [UNPARK_COUNT, store.keys.start]))
