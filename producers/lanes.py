"""Lanes: their names, the ids of messages in them, and the partition of a contact.

A lane is a Redis stream of entries (`entry.py`), of one account, operation and partition.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32


class Lane(NamedTuple):
    """One (account, operation, partition)."""

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


def message_id(lane: Lane, stream_id: str) -> str:
    """The id that a message keeps: its first lane, and its stream id there (UNIX ms - number)."""
    return f"{lane}@{stream_id}"


def enqueued_at(message_id: str) -> int:
    """UNIX ms at which the message was accepted; its id holds them."""
    return int(message_id.rpartition("@")[2].partition("-")[0])


def partition_of(contact_key: str, partitions: int) -> int:
    """The partition of a contact: always the same one, so that order per contact holds."""
    return crc32(contact_key.encode()) % partitions if partitions > 1 else 0
