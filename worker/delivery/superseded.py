"""Superseded upserts: old ones that are replayed must not overwrite values of newer ones.

For each operation whose order matters (`Operation.ordered`) an account has a table in Redis: the
newest message of each contact that the API took. The table has a fixed number of slots, and a
contact's slot is a hash of its key. So the table never grows, and two contacts may share a slot:
then a message may be taken for superseded that is not, never the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from zlib import crc32

from batchline.producers.lanes import Lane
from batchline.systems.verdicts import Dead
from batchline.worker.delivery.context import AccountContext
from batchline.worker.store.batch import Batch
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import REPLAYED
from batchline.worker.store.scripts import Script

NEWEST_SENT = Script("newest_sent")

#: Slots of a table: 53 bits each, 1.7 MB.
SLOTS = 2**18
#: UNIX ms. A message's number is the ms from here until it was enqueued, and its sequence number in
#: its ms: 53 bits, which Lua counts exactly, last until 2089. After a clock that stepped back, one
#: ms may have more messages than there is room for: their numbers go on into the next ms.
EPOCH = 1_577_836_800_000
PER_MILLI = 4096
LARGEST = 2**53 - 1

VERDICT = Dead("superseded", "a newer message of this contact was sent since it was enqueued")


def rejected(context: AccountContext, batch: Batch) -> Iterator[int]:
    """Indexes of the replayed messages that are superseded.

    A newer message of their contact was sent, or is before them in the batch.
    """
    replayed = {index for index in batch.metas if _is_suspect(batch, index)}
    if not replayed or not _is_ordered(context, batch.lane):
        return
    nexts = _next_slots(context, batch)
    slots = [{_slot(batch, n), nexts.get(n, _slot(batch, n))} for n in range(len(batch))]
    asked = dict.fromkeys((slot for n in replayed for slot in slots[n]), 0)
    newest = _move(context, batch.lane, asked)
    for index in range(len(batch)):
        number = _number(batch, index)
        if index in replayed and any(number < newest[slot] for slot in slots[index]):
            yield index
            continue
        for slot in slots[index] & newest.keys():
            newest[slot] = max(newest[slot], number)


def note(context: AccountContext, batch: Batch, taken: Iterable[int]) -> None:
    """Remember the messages that the API took, or may have taken; called before settling."""
    if not _is_ordered(context, batch.lane):
        return
    newest: dict[int, int] = {}
    number = _numbers(batch)
    nexts = _next_slots(context, batch)
    for index in taken:
        if batch.columns.contacts[index]:
            slot = _slot(batch, index)
            newest[slot] = max(newest.get(slot, 0), number(index))
        if index in nexts:
            newest[nexts[index]] = max(newest.get(nexts[index], 0), number(index))
    if newest:
        _move(context, batch.lane, newest)


def number_of(message_id: str) -> int:
    """A number of 53 bits that grows as messages are enqueued; from a stream id as well."""
    millis, sequence = in_order(message_id)
    return min(max(0, millis - EPOCH) * PER_MILLI + sequence, LARGEST)


def _is_ordered(context: AccountContext, lane: Lane) -> bool:
    return context.account.known_operations[lane.operation].ordered


def _is_suspect(batch: Batch, index: int) -> bool:
    """Whether the message came back by a replay that must not send it if it is superseded."""
    has_contact = batch.columns.contacts[index] != b""
    return has_contact and batch.metas[index].last_replay()[1] == REPLAYED


def _number(batch: Batch, index: int) -> int:
    meta = batch.metas.get(index)
    return number_of(meta.id if meta else batch.ids[index].decode())


def _numbers(batch: Batch) -> Callable[[int], int]:
    """`_number` for many messages of the batch: neighbours share their milliseconds."""
    numbers: dict[bytes, int] = {}

    def number(index: int) -> int:
        if index in batch.metas:
            return _number(batch, index)
        millis, _, sequence = batch.ids[index].partition(b"-")
        first = numbers.get(millis)
        if first is None:
            first = numbers[millis] = number_of(f"{millis.decode()}-0")
        return min(first + int(sequence), LARGEST)

    return number


def _next_slots(context: AccountContext, batch: Batch) -> dict[int, int]:
    """Index -> slot of the key by which the message's contact is known after it."""
    find = context.account.known_operations[batch.lane.operation].next_contacts
    nexts = find(batch.columns.payloads) if find is not None else {}
    return {index: slot_of(contact.encode()) for index, contact in nexts.items()}


def slot_of(contact: bytes) -> int:
    """The slot of a contact's key."""
    return crc32(contact) % SLOTS


def _slot(batch: Batch, index: int) -> int:
    return slot_of(batch.columns.contacts[index])


def _move(context: AccountContext, lane: Lane, numbers: dict[int, int]) -> dict[int, int]:
    """Move slots (slot -> number) forward; return slot -> the number that it held before."""
    table = context.store.keys.newest_sent(lane.account, lane.operation)
    arguments = [json.dumps(list(numbers)), json.dumps(list(numbers.values()))]
    return dict(zip(numbers, NEWEST_SENT(context.store, [table], arguments), strict=True))
