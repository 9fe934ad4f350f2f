"""The journal: a line per settled batch and a line per act; bounded by age and by number.

`worker/delivery/journal_line.py` composes the line of a batch. An act changes messages outside
their lane; its script writes its line: `replay.lua`, `purge.lua`, `edit.lua`, `import.lua`,
`end_job.lua`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.worker.store import redis_clock
from batchline.worker.store.message_ids import stream_order
from batchline.worker.store.store import Store

#: Lines read in one call.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """The line of a settled batch: it counts, and does not say what became of each message."""

    #: UNIX ms at which the batch was settled.
    at: int
    lane: str
    #: Stream ids of its first and last message.
    first: str
    last: str
    messages: int
    delivered: int
    parked: int
    dead: int
    #: Messages that stayed in the lane, because of `error`.
    kept: int
    attempt: int
    error: str
    #: Ids of the messages that were parked or dead before, and had come back to the lane.
    returned: frozenset[str]
    #: What the API counted, where that is another number than it was sent; or "".
    miscount: str = ""
    #: Messages that were dropped, for their contact is suppressed.
    erased: int = 0

    def spans(self, lane: str, stream_id: str) -> bool:
        """Whether the stream id lies in the range of the batch."""
        if lane != self.lane:
            return False
        return stream_order(self.first) <= stream_order(stream_id) <= stream_order(self.last)


@dataclass(frozen=True, slots=True)
class Act:
    """The line of an act: a change of messages outside their lane."""

    #: UNIX ms of the act.
    at: int
    lane: str
    #: "replayed", "purged", "erased", "edited" or "imported"; of a job "confirmed" or
    #: "unconfirmed".
    act: str
    #: Ids of the messages; a job's line names none.
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the journal goes."""

    lines: int
    #: UNIX ms of the oldest line; None when there is none.
    since: int | None


def read(store: Store, since: int = 0) -> Iterator[Batch | Act]:
    """The lines from `since` (UNIX ms) on, oldest first; a line of another kind is passed over."""
    start = str(since)
    while True:
        page: Any = store.client.xrange(store.keys.journal, start, "+", PAGE)
        for line_id, fields in page:
            line = _line(int(line_id.partition(b"-")[0]), fields)
            if line is not None:
                yield line
        if len(page) < PAGE:
            return
        start = f"({page[-1][0].decode()}"


def reach(store: Store) -> Reach:
    """The reach of the journal now."""
    oldest: Any = store.client.xrange(store.keys.journal, count=1)
    since = int(oldest[0][0].partition(b"-")[0]) if oldest else None
    return Reach(int(store.client.xlen(store.keys.journal)), since)


def trim(store: Store, settings: Settings) -> int:
    """Delete lines older than `journal_age`, approximately; return how many.

    Settling bounds the number of lines (`journal_length`).
    """
    oldest = max(0, redis_clock.now(store) - round(settings.journal_age * 1000))
    return int(store.client.xtrim(store.keys.journal, minid=oldest, approximate=True))


def _line(at: int, raw: dict[bytes, bytes]) -> Batch | Act | None:
    fields = {name.decode(): value.decode() for name, value in raw.items()}
    if "act" in fields:
        return Act(
            at, fields["lane"], fields["act"], frozenset(json.loads(fields.get("ids", "[]")))
        )
    if "first" not in fields:
        return None
    return Batch(
        at=at,
        lane=fields["lane"],
        first=fields["first"],
        last=fields["last"],
        messages=int(fields["messages"]),
        delivered=int(fields["delivered"]),
        parked=int(fields["parked"]),
        dead=int(fields["dead"]),
        kept=int(fields["kept"]),
        attempt=int(fields["attempt"]),
        error=fields["error"],
        returned=frozenset(json.loads(fields["returned"])),
        miscount=fields.get("miscount", ""),
        erased=int(fields.get("erased", 0)),
    )
