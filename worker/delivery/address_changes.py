"""Messages after which their contact has another key: an upsert with a new e-mail address.

The messages about the two keys may be in two lanes, and the change keeps the order of both. It goes
behind the older messages about the next key, and the later ones about this key go behind it, until
it is settled. Enqueueing it notes it in the set of the blocking messages, under the next key
(`producers/lua/enqueue.lua`), and gives it an id between the older and the later ones of both
lanes. Settling takes it out again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from batchline.producers.lanes import Lane, partition_of
from batchline.worker.store import message_ids, parking, redis_clock
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.store import Store

#: Seconds until a message is tried again that waits for one in another lane.
PAUSE = 0.5
#: Contact key -> ids of messages.
Members = Mapping[str, set[str]]


def has_older(store: Store, lane: Lane, partitions: int, contact: str, message_id: str) -> bool:
    """Whether messages that may be about the contact wait in its lane, older than this one.

    A lane does not say whom its messages are about: every older one counts. `lane`: any partition.
    """
    theirs = lane._replace(partition=partition_of(contact, partitions))
    stream_id = message_id.rpartition("@")[2]
    client: Any = store.client
    if client.xrange(store.keys.stream(theirs), "-", f"({stream_id}", count=1):
        return True
    parked = members(store, store.keys.parked_by_contact(lane.account), str(theirs), [contact])
    return any(in_order(one) < in_order(message_id) for one in parked.get(contact, ()))


def changes_among(store: Store, lane: Lane, blocking: Members) -> dict[str, set[str]]:
    """The messages among the blocking ones that will give a contact the key that they block."""
    if not blocking:
        return {}
    own = members(store, store.keys.parked_by_contact(lane.account), _operation(lane), blocking)
    changes = {contact: ids - own.get(contact, set()) for contact, ids in blocking.items()}
    return {contact: ids for contact, ids in changes.items() if ids}


def without_the_gone(store: Store, lane: Lane, changes: Members) -> dict[str, set[str]]:
    """The changes that still wait somewhere; the others are forgotten.

    Settling forgets a change. This is for one that went in another way, such as a lane that was
    deleted: nobody may wait for it.
    """
    key = store.keys.parked_blocking(lane.account)
    left: dict[str, set[str]] = {}
    for contact, ids in changes.items():
        for message_id in ids:
            if _is_there(store, key, contact, message_id):
                left.setdefault(contact, set()).add(message_id)
            else:
                store.client.zrem(key, f"{contact}\t{message_id}")
    return left


def blocking(store: Store, lane: Lane, contacts: Collection[str]) -> dict[str, set[str]]:
    """Contact -> ids of the operation's messages, of any partition, that block later ones."""
    return members(store, store.keys.parked_blocking(lane.account), _operation(lane), contacts)


def members(store: Store, key: str, lanes: str, contacts: Collection[str]) -> dict[str, set[str]]:
    """Contact -> ids of its messages in the sorted set `key`; of lanes that begin with `lanes`."""
    asked = sorted(contacts)
    pipeline: Any = store.client.pipeline(transaction=False)
    for contact in asked:
        start = f"[{contact}\t{lanes}"
        pipeline.zrangebylex(key, start, start + "\x7f")
    answers: Sequence[list[bytes]] = pipeline.execute()
    return {
        contact: {member.decode().rpartition("\t")[2] for member in found}
        for contact, found in zip(asked, answers, strict=True)
        if found
    }


def _operation(lane: Lane) -> str:
    return f"{lane.account}:{lane.operation}:"


def _is_there(store: Store, key: str, contact: str, message_id: str) -> bool:
    """Whether the message is in its lane, parked, or back in its lane and not settled yet.

    Or whether a call past the lane has this id, and may be under way (`ahead.py`).
    """
    lane, stream_id = message_ids.parse(message_id)
    client: Any = store.client
    call_ends = client.zscore(store.keys.calls, f"{contact}\t{message_id}")
    if call_ends is not None:
        return bool(call_ends > redis_clock.now(store))
    if client.xrange(store.keys.stream(lane), stream_id, stream_id):
        return True
    if parking.parked_among(store, [message_id]):
        return True
    own = f"{contact}\t{message_id}".encode()
    return any(member != own for member, _ in client.zscan_iter(key, f"*\t{message_id}", 1000))
