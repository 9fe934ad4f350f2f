"""Old upserts that come back from the dead letters must not overwrite what newer ones have written.

For each operation whose order matters (`Operation.ordered`) an account has a table in Redis: which
message of a contact is the newest that the API took. It has a fixed number of slots, and a
contact's slot is a hash of its key: so it never grows, and two contacts may share a slot. Then an
old message may be taken for overtaken that is not; never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from batchline.producers import lanes
from batchline.producers.lanes import Lane
from batchline.systems.verdicts import Behind, Dead, Delivered, Verdict
from batchline.worker.delivery.context import AccountContext
from batchline.worker.store.lease import Entry
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import REPLAYED
from batchline.worker.store.scripts import Argument, Script

NEWEST_SENT = Script("newest_sent")

#: Slots of a table: 53 bits each, 1.7 MB.
SLOTS = 2**18
#: A message's number is the ms from here until it was enqueued, and its place among those of its
#: ms: 53 bits, which Lua counts exactly, last until 2089.
EPOCH = 1_577_836_800_000
PER_MILLI = 4096
LARGEST = 2**53 - 1

VERDICT = Dead("superseded", "a newer message of this contact was sent since it was enqueued")


def given_up(context: AccountContext, lane: Lane, batch: Sequence[Entry]) -> Iterator[int]:
    """Places of replayed messages of which a newer one of their contact was sent, or stands before
    them in the batch."""
    if not _is_ordered(context, lane) or not any(map(_is_suspect, batch)):
        return
    slots = {_slot(entry) for entry in batch if _is_suspect(entry)}
    newest = _move(context, lane, dict.fromkeys(slots, 0))
    for index, entry in enumerate(batch):
        slot, number = _slot(entry), _number(entry)
        if _is_suspect(entry) and number < newest[slot]:
            yield index
        elif slot in newest:
            newest[slot] = max(newest[slot], number)


def note(
    context: AccountContext,
    lane: Lane,
    batch: Sequence[Entry],
    verdicts: Sequence[Verdict | Behind | None],
) -> None:
    """Remember what the API took, or may have taken; before settling lets go of it."""
    if not _is_ordered(context, lane):
        return
    newest: dict[int, int] = {}
    for entry, verdict in zip(batch, verdicts, strict=True):
        if entry.contact and _was_taken(verdict):
            slot, number = _slot(entry), _number(entry)
            newest[slot] = max(newest.get(slot, 0), number)
    if newest:
        _move(context, lane, newest)


def number_of(message_id: str) -> int:
    """A number of 53 bits that grows as messages are enqueued; from a stream id as well."""
    millis, sequence = in_order(message_id)
    number = max(0, millis - EPOCH) * PER_MILLI + min(sequence, PER_MILLI - 1)
    return min(number, LARGEST)


def _is_ordered(context: AccountContext, lane: Lane) -> bool:
    return context.account.known_operations[lane.operation].ordered


def _is_suspect(entry: Entry) -> bool:
    """Whether it came back by a replay that does not say to send it all the same."""
    if entry.meta is None or not entry.contact:
        return False
    return entry.meta.last_replay()[1] == REPLAYED


def _was_taken(verdict: Verdict | Behind | None) -> bool:
    held = isinstance(verdict, Dead) and verdict.reason == "ambiguous"
    return held or isinstance(verdict, Delivered)


def _number(entry: Entry) -> int:
    return number_of(entry.meta.id if entry.meta else entry.stream_id)


def _slot(entry: Entry) -> int:
    return crc32(entry.contact.encode()) % SLOTS


def _move(context: AccountContext, lane: Lane, numbers: dict[int, int]) -> dict[int, int]:
    """Move slots forward; what stood in them before."""
    arguments: list[Argument] = [part for pair in numbers.items() for part in pair]
    table = lanes.newest_sent(lane.account, lane.operation)
    return dict(zip(numbers, NEWEST_SENT(context.redis, [table], arguments), strict=True))
