"""Messages from the head of a lane, as columns; and a single entry, for those that look at one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.lanes import Lane, message_id
from batchline.systems.columns import Columns
from batchline.worker.store.parking import Meta

#: The values' places in an entry, [contact, ..., options, ..., payload, ..., meta, ...]; `meta` is
#: there only when the message has been in a lane before.
CONTACT, OPTIONS, PAYLOAD, META = 1, 3, 5, 7
#: How long an entry is that has no `meta`.
WITHOUT_META = 6


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages that are delivered together: message n is index n of each column."""

    lane: Lane
    #: Stream ids.
    ids: list[bytes]
    columns: Columns
    #: What those messages have been through that came back to the lane.
    metas: dict[int, Meta]

    @classmethod
    def read(cls, lane: Lane, reply: Sequence[Any]) -> Batch:
        """From XRANGE's answer as Redis gives it: [[id, [field, value, ...]], ...]."""
        fields = [entry[1] for entry in reply]
        columns = Columns(
            lane.operation,
            [values[CONTACT] for values in fields],
            [values[OPTIONS] for values in fields],
            [values[PAYLOAD] for values in fields],
        )
        metas = {
            index: Meta.from_json(values[META])
            for index, values in enumerate(fields)
            if len(values) > WITHOUT_META
        }
        return cls(lane, [entry[0] for entry in reply], columns, metas)

    def __len__(self) -> int:
        return len(self.ids)

    def message_id(self, index: int) -> str:
        """The message's id for life."""
        meta = self.metas.get(index)
        return meta.id if meta else message_id(self.lane, self.ids[index].decode())

    def message_ids(self, indexes: Iterable[int]) -> list[str]:
        """The ids of these messages."""
        return [self.message_id(index) for index in indexes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as it stands in its lane."""

    stream_id: str
    contact: str
    options: str
    payload: bytes
    #: What it has been through; None for a message that is here for the first time.
    meta: Meta | None

    def id(self, lane: Lane) -> str:
        return self.meta.id if self.meta else message_id(lane, self.stream_id)


def entries(reply: Sequence[tuple[bytes, dict[bytes, bytes]]] | Any) -> list[Entry]:
    """The entries of an XRANGE answer as the client gives it: (id, {field: value})."""
    return [
        Entry(
            stream_id.decode(),
            fields[b"contact"].decode(),
            fields[b"options"].decode(),
            fields[b"payload"],
            Meta.from_json(fields[b"meta"]) if b"meta" in fields else None,
        )
        for stream_id, fields in reply
    ]
