"""Which messages may have reached the API without anybody knowing: the `sending` mark of a lane.

Before a request goes out, the stream ids of its messages are written to the lane's state; settling
takes them away. What a worker that died leaves behind is so recognised, and not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from worker.lease import Entry

#: First and last stream id of neighbours in a lane.
Range = tuple[str, str]


def to_mark(batch: Sequence[Entry], places: Iterable[int], further: Iterable[Range] = ()) -> str:
    """The mark for these places of a batch, and for ranges that lie behind it; "" for none."""
    ranges: list[Range] = []
    before = -2
    for place in sorted(set(places)):
        stream_id = batch[place].stream_id
        if place == before + 1:
            ranges[-1] = (ranges[-1][0], stream_id)
        else:
            ranges.append((stream_id, stream_id))
        before = place
    ranges += further
    return json.dumps(ranges) if ranges else ""


def from_mark(mark: str, batch: Sequence[Entry]) -> tuple[set[int], list[Range]]:
    """The places of a batch that a mark holds, and its ranges that go on behind the batch."""
    ranges = [(first, last) for first, last in json.loads(mark or "[]")]
    places = {
        place
        for place, entry in enumerate(batch)
        if any(_key(first) <= _key(entry.stream_id) <= _key(last) for first, last in ranges)
    }
    end = _key(batch[-1].stream_id)
    return places, [(first, last) for first, last in ranges if _key(last) > end]


def _key(stream_id: str) -> tuple[int, int]:
    millis, _, number = stream_id.partition("-")
    return int(millis), int(number)
