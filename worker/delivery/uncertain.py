"""Which messages may have reached the API without anybody knowing: the `sending` mark of a lane.

Before a request goes out, the stream ids of its messages are written to the lane's state; settling
takes them away. What a worker that died leaves behind is so recognised, and not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from batchline.worker.store.lease import Entry

#: First and last stream id of neighbours in a lane, and how often the API's answer to the question
#: about each of them alone was too large to be read.
Range = tuple[str, str, int]


def to_mark(
    batch: Sequence[Entry],
    indexes: Iterable[int],
    further: Iterable[Range] = (),
    unreadable: Mapping[int, int] | None = None,
) -> str:
    """The mark for these places of a batch, and for ranges that lie behind it; "" for none."""
    ranges: list[Range] = []
    before = -2
    for index in sorted(set(indexes)):
        stream_id, times = batch[index].stream_id, (unreadable or {}).get(index, 0)
        if index == before + 1 and ranges[-1][2] == times:
            ranges[-1] = (ranges[-1][0], stream_id, times)
        else:
            ranges.append((stream_id, stream_id, times))
        before = index
    ranges += further
    return json.dumps(ranges) if ranges else ""


def from_mark(mark: str, batch: Sequence[Entry]) -> tuple[dict[int, int], list[Range]]:
    """The places of a batch that a mark holds, each with how often its answer was too large; and
    the mark's ranges that go on behind the batch."""
    ranges: list[Range] = [
        (first, last, times[0] if times else 0) for first, last, *times in json.loads(mark or "[]")
    ]
    indexes = {
        index: times
        for index, entry in enumerate(batch)
        for first, last, times in ranges
        if _key(first) <= _key(entry.stream_id) <= _key(last)
    }
    end = _key(batch[-1].stream_id)
    return indexes, [one for one in ranges if _key(one[1]) > end]


def _key(stream_id: str) -> tuple[int, int]:
    millis, _, number = stream_id.partition("-")
    return int(millis), int(number)
