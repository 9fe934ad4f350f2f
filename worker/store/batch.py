"""Messages from the head of a lane, as columns; and a single entry, for those that look at one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from batchline.producers import entry
from batchline.producers.lanes import Lane, message_id
from batchline.systems.columns import Columns
from batchline.worker.store.parking import Meta

#: The places in an entry as Redis gives it, [name, payload], or [name, payload, "meta", meta] when
#: the message has been in a lane before.
NAME, PAYLOAD, META = 0, 1, 3


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
        """From XRANGE's answer as Redis gives it: [[id, [name, payload, ...]], ...]."""
        ids = [one[0] for one in reply]
        fields = [one[1] for one in reply]
        contacts, options = entry.parse_all(list(map(itemgetter(NAME), fields)))
        payloads = list(map(itemgetter(PAYLOAD), fields))
        columns = Columns(lane.operation, contacts, options, payloads)
        metas: dict[int, Meta] = {}
        if max(map(len, fields), default=0) > META:
            for index, values in enumerate(fields):
                if len(values) > META:
                    metas[index] = Meta.from_json(values[META])
        return cls(lane, ids, columns, metas)

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
    found = []
    for stream_id, fields in reply:
        (name, payload), *others = fields.items()
        contact, options = entry.parse(name)
        meta = Meta.from_json(others[0][1]) if others else None
        parts = (contact.decode(), options.decode(), payload, meta)
        found.append(Entry(stream_id.decode(), *parts))
    return found
