"""An open job as Redis keeps it: what the API accepted, with its messages, compressed."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from batchline.producers.lanes import Lane
from batchline.systems.columns import Item, firsts, messages
from batchline.worker.store.batch import Batch

#: zlib's level: 1 takes a third of the time of 6, and a tenth more memory.
COMPRESSION = 1


@dataclass(frozen=True, slots=True)
class JobMessage:
    """One message of an open job."""

    id: str
    contact: str
    options: str
    payload: str
    #: JSON of what the message has been through (`worker/store/parking.py`); or "".
    meta: str
    #: Whether the message was merged into another message's item.
    merged: bool


@dataclass(frozen=True, slots=True)
class JobMessages:
    """The messages of an open job, as columns."""

    ids: list[str]
    contacts: list[str]
    options: list[str]
    payloads: list[bytes]
    #: Index in the columns -> JSON of what the message has been through.
    metas: dict[int, str]
    #: Indexes of the messages that were merged into another message's item.
    merged: frozenset[int]

    @classmethod
    def of(cls, batch: Batch, items: Sequence[Item]) -> JobMessages:
        """The messages that these items of a batch stand for."""
        indexes, columns = messages(items), batch.columns
        first = set(firsts(items)) if len(indexes) > len(items) else None
        return cls(
            batch.message_ids(indexes),
            [columns.contacts[index].decode() for index in indexes],
            [columns.options[index].decode() for index in indexes],
            [columns.payloads[index] for index in indexes],
            {
                n: meta.to_json()
                for n, index in enumerate(indexes)
                if (meta := batch.meta(index)) is not None
            }
            if batch.metas or batch.traces
            else {},
            frozenset(
                n for n, index in enumerate(indexes) if first is not None and index not in first
            ),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[JobMessage]:
        for n, (id_, contact, options, payload) in enumerate(
            zip(self.ids, self.contacts, self.options, self.payloads, strict=True)
        ):
            meta, merged = self.metas.get(n, ""), n in self.merged
            yield JobMessage(id_, contact, options, payload.decode(), meta, merged)

    def shared_options(self) -> str:
        """The stored options of the messages: a request's items have equal ones."""
        return self.options[0] if self.options else ""

    def without(self, gone: Collection[int], changed: Mapping[int, bytes]) -> JobMessages:
        """The messages but for those at these indexes; index -> another payload of a message."""
        kept = [n for n in range(len(self)) if n not in gone]
        return JobMessages(
            [self.ids[n] for n in kept],
            [self.contacts[n] for n in kept],
            [self.options[n] for n in kept],
            [changed.get(n, self.payloads[n]) for n in kept],
            {at: self.metas[n] for at, n in enumerate(kept) if n in self.metas},
            frozenset(at for at, n in enumerate(kept) if n in self.merged),
        )

    def to_body(
        self, lane: Lane, remote: str, accepted_at: int, system: str, erased: int = 0
    ) -> bytes:
        """The job as Redis keeps it (`Job.read` reads it): a line of JSON about the job, and
        compressed a line of JSON with the columns, and the payloads one after the other."""
        job: dict[str, str | int] = {
            "lane": str(lane),
            "remote": remote,
            "accepted_at": accepted_at,
            "system": system,
        }
        if erased:
            job["erased"] = erased
        columns = {
            "ids": self.ids,
            "contacts": self.contacts,
            "options": self.options,
            "sizes": list(map(len, self.payloads)),
            "metas": self.metas,
            "merged": sorted(self.merged),
        }
        text = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
        packed = zlib.compress(b"\n".join((text, b"".join(self.payloads))), COMPRESSION)
        return json.dumps(job, separators=(",", ":")).encode() + b"\n" + packed

    @classmethod
    def read(cls, packed: bytes) -> JobMessages:
        """The messages in the compressed part of a body."""
        text, _, joined = zlib.decompress(packed).partition(b"\n")
        columns = json.loads(text)
        ends = list(accumulate(columns["sizes"]))
        payloads = [
            joined[end - size : end] for end, size in zip(ends, columns["sizes"], strict=True)
        ]
        metas = {int(n): meta for n, meta in columns["metas"].items()}
        ids, contacts, options = columns["ids"], columns["contacts"], columns["options"]
        return cls(ids, contacts, options, payloads, metas, frozenset(columns["merged"]))


#: What reading the body of a job raises that cannot be read.
UNREADABLE_JOB = (ValueError, LookupError, TypeError, AttributeError, RecursionError, zlib.error)


@dataclass(frozen=True, slots=True)
class Job:
    """An open job."""

    name: str
    lane: Lane
    #: The API's own id of the job.
    remote: str
    #: UNIX ms at which the API accepted it.
    accepted_at: int
    #: The system whose API accepted it; "" in bodies that older releases wrote.
    system: str
    messages: JobMessages
    #: Messages that were erased since: the API's result may name them.
    erased: int = 0
    #: SHA-1 (hex) of the body as it was read.
    fingerprint: str = ""

    @classmethod
    def read(cls, name: str, body: bytes) -> Job:
        """The job that Redis keeps as `body` (`JobMessages.to_body`)."""
        line, _, packed = body.partition(b"\n")
        job = json.loads(line)
        lane = Lane.parse(job["lane"])
        system, messages = job.get("system", ""), JobMessages.read(packed)
        fingerprint = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        remote, accepted_at, erased = job["remote"], job["accepted_at"], job.get("erased", 0)
        return cls(name, lane, remote, accepted_at, system, messages, erased, fingerprint)
