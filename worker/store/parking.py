"""Messages outside their lane: the history that they carry, and when they come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from batchline.producers.traceparent import TRACED
from batchline.systems.account import Replay, Suspects
from batchline.systems.verdicts import Behind
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

UNPARK = Script("unpark")
#: Parked messages that one call brings back at most: it blocks Redis for a few ms.
UNPARK_COUNT = 1000
#: Details in a message's history: it was replayed; it was replayed to be sent even if a newer
#: message superseded it (`delivery/superseded.py`).
REPLAYED = "replayed"
REPLAYED_SUPERSEDED = "replayed: even if superseded"
REPLAYS = (REPLAYED, REPLAYED_SUPERSEDED)
#: How the detail of a message on trial begins; the trial's name follows, and a colon.
ON_TRIAL = "on trial "
#: The detail of a message that waits behind an older one of its contact.
WAITS_BEHIND = Behind(0.0).detail
#: The first detail in the history of a message that was delayed when it was enqueued.
DELAYED = "delayed until now"


@dataclass(frozen=True, slots=True)
class Meta:
    """What a message has been through: the field `meta` of its entry, or of its body."""

    id: str
    #: How often the message was sent and its contact was missing.
    tries: int = 0
    #: What happened to the message before, oldest first: [UNIX ms, detail].
    history: list[tuple[int, str]] = field(default_factory=list)
    #: How often the API failed on the message alone, and took others meanwhile.
    suspected: int = 0
    #: The payload of the last question about it, of a message that was parked while it was
    #: uncertain whether the API took it (`worker/delivery/uncertain.py`); else "".
    asked: str = ""
    #: How often it was asked about, and its contact was not shown.
    unshown: int = 0

    @classmethod
    def from_json(cls, text: bytes) -> Meta:
        return cls(**json.loads(text))

    def to_json(self) -> str:
        fields = asdict(self)
        for name in ("asked", "unshown"):  # most have none
            if not fields[name]:
                del fields[name]
        return json.dumps(fields, separators=(",", ":"))

    @property
    def trace(self) -> str:
        """The line of the sampled trace that it was enqueued in; "" for none.

        It stands in the history, which every release carries along as it is: an older one would
        refuse a field that it does not know.
        """
        first = self.history[0][1] if self.history else ""
        return first if first.startswith(TRACED) else ""

    @property
    def trial(self) -> str:
        """The trial that it is on, with others on which together the API failed; or "".

        It is the last thing that happened, unless the message had to wait behind others since. It
        stands in the history for older releases.
        """
        last = self.last_try()
        return last.removeprefix(ON_TRIAL).partition(": ")[0] if last.startswith(ON_TRIAL) else ""

    def is_new(self) -> bool:
        """Whether the message has been through nothing yet, but for its trace."""
        return len(self.history) == 1 and bool(self.trace)

    def with_event(self, at: int, detail: str) -> Meta:
        return replace(self, history=[*self.history, (at, detail)])

    def last_detail(self) -> str:
        """What happened last; "" for nothing."""
        return self.history[-1][1] if self.history else ""

    def last_try(self) -> str:
        """What happened last but waiting behind others; "" for nothing."""
        events = (detail for _, detail in reversed(self.history) if detail != WAITS_BEHIND)
        return next(events, "")

    def delayed_until(self) -> int:
        """UNIX ms at which the message first entered its lane, if it was delayed until then; 0."""
        return next((at for at, detail in self.history if detail == DELAYED), 0)

    def last_event(self) -> int:
        """UNIX ms of the last thing that happened to the message; 0 when nothing did."""
        return self.history[-1][0] if self.history else 0

    def last_replay(self) -> tuple[int, str]:
        """UNIX ms and detail (one of `REPLAYS`) of the last replay; (0, "") when there was none."""
        replays = (event for event in reversed(self.history) if event[1] in REPLAYS)
        at, detail = next(replays, (0, ""))
        return at, detail


def next_try(tries: int, replay: Replay | Suspects) -> float | None:
    """Seconds until a parked message is tried again; None: give it up.

    `tries` counts the tries, or questions, that failed, the last one included. The documented
    replay of an event without a contact is every 5 minutes for 1 hour, which is 12 tries after the
    first.
    """
    return replay.every if tries <= round(replay.until / replay.every) else None


def parked_among(store: Store, message_ids: Sequence[str]) -> set[str]:
    """Those of the messages that are parked now."""
    if not message_ids:
        return set()
    members = [parked_member(one) for one in message_ids]
    scores: Any = store.client.zmscore(store.keys.parked, members)
    return {one for one, at in zip(message_ids, scores, strict=True) if at is not None}


def unpark(store: Store) -> int:
    """Bring parked messages whose time has come back to their lanes.

    Returns how many; when they are `UNPARK_COUNT`, there may be more.
    """
    keys = [store.keys.parked, store.keys.parked_body, store.keys.due, store.keys.calls]
    return int(UNPARK(store, keys, [UNPARK_COUNT, store.keys.start, DELAYED]))
