"""The storage contract between producers and workers: names, keys, and what an entry holds.

A lane is a Redis stream; an entry has the fields `contact`, `options` and `payload`, and `meta`
(JSON) when the message has been in the lane before. `options` holds the request's fields around the
item, as sorted JSON or "", and under `op` what the message is, where a lane carries several
operations for the sake of order. Everything of one shard carries one hash tag,
so that each Lua call stays in one slot of a Redis Cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

#: Every key begins with this; the braces are Redis Cluster's hash tag.
PREFIX = "{batchline:0}:"

#: Sorted set, lane name -> UNIX ms: when somebody has to look at the lane. The whole scheduler.
DUE = PREFIX + "due"
#: Set of the names of every lane that ever held a message.
LANES = PREFIX + "lanes"
#: Sorted set, message id -> UNIX ms: when a parked message goes back to its lane.
PARKED = PREFIX + "parked"
#: Hash, message id -> JSON of the parked entry.
PARKED_BODY = PREFIX + "parked:body"
#: Sorted set, message id -> UNIX ms at which it was given up on.
DEAD = PREFIX + "dead"
#: Hash, message id -> JSON of the dead letter.
DEAD_BODY = PREFIX + "dead:body"
#: Hash, what is paused (account, account:operation or lane) -> reason.
PAUSED = PREFIX + "paused"
#: Sorted set, job -> UNIX ms: when an open job is asked about.
JOBS = PREFIX + "jobs"
#: Hash, job -> JSON with its messages (`batchline.worker.delivery.confirmations`).
JOBS_BODY = PREFIX + "jobs:body"
#: Stream: one entry per settled batch.
JOURNAL = PREFIX + "journal"


def breaker(account: str) -> str:
    """Hash: the circuit breaker of an account (`worker/store/lua/breaker.lua`)."""
    return f"{PREFIX}breaker:{account}"


def parked_by_contact(account: str) -> str:
    """Sorted set in lexical order: contact key, a tab, message id; what waits for its contact, and
    what has come back from there and is not settled yet."""
    return f"{PREFIX}parked:contacts:{account}"


def parked_blocking(account: str) -> str:
    """The same of those that nothing later of their contact may pass."""
    return f"{PREFIX}parked:blocking:{account}"


def api_id_key(message_id: str) -> str:
    """String: the API's own id of what it made of a message, for `remember_ids` seconds."""
    return f"{PREFIX}api_id:{message_id}"


def newest_sent(account: str, operation: str) -> str:
    """String, a table: the newest message of each contact that was sent."""
    return f"{PREFIX}newest:{account}:{operation}"


def limits(account: str) -> list[str]:
    """The keys of an account's rate limits (`worker/store/lua/limits.lua`)."""
    return [f"{PREFIX}limits:{account}:{part}" for part in ("grants", "under_way", "adaptation")]


@dataclass(frozen=True, slots=True)
class Lane:
    """One (account, operation, partition): its name and its keys."""

    account: str
    operation: str
    partition: int = 0

    def __str__(self) -> str:
        return f"{self.account}:{self.operation}:{self.partition}"

    @classmethod
    def parse(cls, name: str) -> Lane:
        """The lane of a name such as `default:event.add:0`; ValueError for anything else."""
        account, operation, partition = name.split(":")
        return cls(account, operation, int(partition))

    @property
    def stream(self) -> str:
        """Stream: the lane's messages, oldest first."""
        return f"{PREFIX}lane:{self}"

    @property
    def state(self) -> str:
        """Hash: the lane's lease, attempts, last error and counters (`claim.lua`)."""
        return f"{PREFIX}state:{self}"


def message_id(lane: Lane, stream_id: str) -> str:
    """A message's id for life: its lane, and its stream id there (UNIX ms - number)."""
    return f"{lane}@{stream_id}"


def enqueued_at(message_id: str) -> int:
    """UNIX ms at which the message was accepted, as its id says."""
    return int(message_id.rpartition("@")[2].partition("-")[0])


def partition_of(contact_key: str, partitions: int) -> int:
    """The partition of a contact: the same for ever, so that order per contact holds."""
    return crc32(contact_key.encode()) % partitions if partitions > 1 else 0
