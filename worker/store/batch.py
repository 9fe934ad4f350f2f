"""The head of a lane: its messages as columns (`Batch`), or one by one (`Entry`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from batchline.producers import entry
from batchline.producers.lanes import Lane, message_id
from batchline.systems.columns import Columns
from batchline.worker.store.parking import Meta

#: Indexes in an entry as Redis gives it: [name, payload], or [name, payload, "meta", meta] when the
#: message has been in a lane before, or is of a sampled trace.
NAME, PAYLOAD, META = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages that are delivered together: message n is index n of each column."""

    lane: Lane
    #: Stream ids.
    ids: list[bytes]
    columns: Columns
    #: Index -> what the message has been through, if it came back to the lane.
    metas: dict[int, Meta]
    #: Index -> its place in a sampled trace, as a line of its history (`producers/traceparent.py`).
    traces: dict[int, str] = field(default_factory=dict)
    #: The error of an entry that cannot be read: nothing of the batch can be sent.
    fault: Exception | None = None
    #: Whether the head of the lane is an entry of a newer format, which a newer worker can read.
    is_newer: bool = False

    @classmethod
    def read(cls, lane: Lane, reply: Sequence[Any]) -> Batch:
        """The batch of an XRANGE answer as Redis gives it: [[id, [name, payload, ...]], ...].

        The batch ends before the first entry of a newer format. With an entry that cannot be read
        it has a `fault`, and its payloads are the entries as they are.
        """
        try:
            known = _of_known_format(reply)
            if not known:
                return cls._unread(lane, reply[:1], is_newer=True)
            return cls._read(lane, known)
        except Exception as error:
            return cls._unread(lane, reply, error)

    @classmethod
    def _unread(
        cls,
        lane: Lane,
        reply: Sequence[Any],
        fault: Exception | None = None,
        is_newer: bool = False,
    ) -> Batch:
        ids, entries = [one[0] for one in reply], [repr(one[1]).encode() for one in reply]
        blank = [b""] * len(ids)
        columns = Columns(lane.operation, blank, blank, entries)
        return cls(lane, ids, columns, {}, fault=fault, is_newer=is_newer)

    @classmethod
    def _read(cls, lane: Lane, reply: Sequence[Any]) -> Batch:
        ids = [stream_id for stream_id, _ in reply]
        fields = [values for _, values in reply]
        names = list(map(itemgetter(NAME), fields))
        if b"".join([name[:1] for name in names]).strip(entry.VERSION.encode()) or b"" in names:
            raise ValueError("an entry of another format")
        contacts, options = entry.parse_all(names)
        payloads = list(map(itemgetter(PAYLOAD), fields))
        columns = Columns(lane.operation, contacts, options, payloads)
        metas: dict[int, Meta] = {}
        if max(map(len, fields), default=0) <= META:
            return cls(lane, ids, columns, metas)
        traces: dict[int, str] = {}
        for index, values in enumerate(fields):
            if len(values) > META:
                meta = Meta.from_json(values[META])
                if meta.trace:
                    traces[index] = meta.trace
                if not meta.is_new():
                    metas[index] = meta
        return cls(lane, ids, columns, metas, traces)

    def as_text(self) -> Batch:
        """The batch with every byte that is no text escaped, so that it can be written down."""
        columns = self.columns
        texts = [
            [one.decode(errors="backslashreplace").encode() for one in column]
            for column in (columns.contacts, columns.options, columns.payloads)
        ]
        return replace(self, columns=Columns(columns.operation, *texts))

    def __len__(self) -> int:
        return len(self.ids)

    def message_id(self, index: int) -> str:
        """The message's id: it keeps the one under which it was accepted."""
        meta = self.metas.get(index)
        return meta.id if meta else message_id(self.lane, self.ids[index].decode())

    def meta(self, index: int) -> Meta | None:
        """What a message carries: what it has been through, and its trace; None: nothing."""
        meta = self.metas.get(index)
        if meta is None and index in self.traces:
            stream_id = self.ids[index].decode()
            accepted = int(stream_id.partition("-")[0])
            return Meta(message_id(self.lane, stream_id), history=[(accepted, self.traces[index])])
        return meta

    def message_ids(self, indexes: Iterable[int]) -> list[str]:
        """The ids of these messages."""
        return [self.message_id(index) for index in indexes]


def _of_known_format(reply: Sequence[Any]) -> Sequence[Any]:
    """The entries before the first one of a newer format."""
    versions = b"".join([one[1][NAME][:1] for one in reply])
    if not versions.strip(entry.VERSION.encode()):
        return reply
    for index, one in enumerate(reply):
        if entry.is_newer(one[1][NAME]):
            return reply[:index]
    return reply


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as it stands in its lane."""

    stream_id: str
    contact: str
    options: str
    payload: bytes
    #: What the message carries; None when it is in a lane for the first time, and not traced.
    meta: Meta | None

    @property
    def is_new(self) -> bool:
        """Whether the message is in a lane for the first time."""
        return self.meta is None or self.meta.is_new()

    def id(self, lane: Lane) -> str:
        """The message's id, as `Batch.message_id`; `lane` is the entry's."""
        return self.meta.id if self.meta else message_id(lane, self.stream_id)


def entries(reply: Sequence[tuple[bytes, dict[bytes, bytes]]] | Any) -> list[Entry]:
    """The entries of an XRANGE answer as the client gives it: (id, {field: value})."""
    return [_entry(stream_id, fields) for stream_id, fields in reply]


def _entry(stream_id: bytes, fields: dict[bytes, bytes]) -> Entry:
    (name, payload), *others = fields.items()
    contact, options = entry.parse(name)
    meta = Meta.from_json(others[0][1]) if others else None
    return Entry(stream_id.decode(), contact.decode(), options.decode(), payload, meta)
