"""A batch as parallel columns, and runs of it, which make an item only when one is looked at.

A batch of a thousand messages is read as a few lists, not as a thousand objects. A `Run` is a
sequence of `Item`s over these lists: code that looks at single items makes them, code that needs
one column takes the column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from batchline.systems.message import operation_of


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a request: it stands for one message, or for several merged ones."""

    #: The item's JSON, as the request carries it.
    payload: bytes
    #: Key of the item's contact (`Message.contact_key`); "" where it is about none or several.
    contact: str
    #: The request's fields around the item (`Message.options`).
    options: str
    #: Indexes in the batch of the messages that the item stands for.
    messages: tuple[int, ...]
    #: The messages' operation; a lane may carry several operations.
    operation: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The messages of a batch: message n is index n of each list."""

    #: The operation that the lane is named after.
    operation: str
    contacts: list[bytes]
    options: list[bytes]
    payloads: list[bytes]

    @classmethod
    def of(cls, operation: str, rows: Sequence[tuple[str, str, bytes]]) -> Columns:
        """The columns of rows (contact key, options, payload), one for each message."""
        return cls(
            operation,
            [contact.encode() for contact, _, _ in rows],
            [options.encode() for _, options, _ in rows],
            [payload for _, _, payload in rows],
        )

    def __len__(self) -> int:
        return len(self.payloads)

    def item(self, index: int) -> Item:
        """One message as an item of its own."""
        options = self.options[index].decode()
        operation = operation_of(self.operation, options)
        return Item(
            self.payloads[index], self.contacts[index].decode(), options, (index,), operation
        )

    def all(self) -> Run:
        """Every message, each as an item."""
        return Run(self, range(len(self)))


class Run(Sequence[Item]):
    """Items of a batch, in order. Slices are runs too."""

    __slots__ = ("columns", "indexes", "merged")

    def __init__(
        self, columns: Columns, indexes: Sequence[int], merged: Mapping[int, Item] | None = None
    ) -> None:
        """`indexes`: index in the batch of each item's first message.

        `merged`: by this index, the items that stand for several messages, or whose payload is not
        the message's own.
        """
        self.columns = columns
        self.indexes = indexes
        self.merged = merged or {}

    def __len__(self) -> int:
        return len(self.indexes)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Run: ...

    def __getitem__(self, index: int | slice) -> Item | Run:
        if isinstance(index, slice):
            return Run(self.columns, self.indexes[index], self.merged)
        first = self.indexes[index]
        return self.merged.get(first) or self.columns.item(first)

    def __iter__(self) -> Iterator[Item]:
        return map(self.__getitem__, range(len(self.indexes)))

    def __repr__(self) -> str:
        return f"Run({len(self)} items)"

    def payloads(self) -> list[bytes]:
        """The payload of each item."""
        payloads = self._column(self.columns.payloads)
        for position, item in self._merged():
            payloads[position] = item.payload
        return payloads

    def contacts(self) -> list[bytes]:
        """The contact key of each item: messages merge only under one key."""
        return self._column(self.columns.contacts)

    def options(self) -> list[bytes]:
        """The options of each item."""
        options = self._column(self.columns.options)
        for position, item in self._merged():
            options[position] = item.options.encode()
        return options

    def is_uniform(self) -> bool:
        """Whether all items have equal options, and so ask for one operation."""
        options = self.options()
        return options.count(options[0]) == len(options) if options else True

    def messages(self) -> Sequence[int]:
        """The indexes of all messages that the items stand for."""
        if not self.merged:
            return self.indexes
        indexes: list[int] = []
        for index in self.indexes:
            indexes += self.merged[index].messages if index in self.merged else (index,)
        return indexes

    def at(self, positions: Sequence[int]) -> Run:
        """The items at these positions of the run."""
        indexes = [self.indexes[position] for position in positions]
        return Run(self.columns, indexes, self.merged)

    def _merged(self) -> Iterator[tuple[int, Item]]:
        """Position in the run and item, of each item in `merged`."""
        if self.merged:
            for position, index in enumerate(self.indexes):
                if index in self.merged:
                    yield position, self.merged[index]

    def _column(self, column: list[bytes]) -> list[bytes]:
        """The values of the items' first messages in a column, as a new list."""
        if isinstance(self.indexes, range) and self.indexes.step == 1:
            return column[self.indexes.start : self.indexes.stop]
        return [column[index] for index in self.indexes]


def payloads(items: Sequence[Item]) -> list[bytes]:
    """The payload of each item."""
    return items.payloads() if isinstance(items, Run) else [item.payload for item in items]


def contacts(items: Sequence[Item]) -> list[bytes]:
    """The contact key of each item."""
    return items.contacts() if isinstance(items, Run) else [one.contact.encode() for one in items]


def firsts(items: Sequence[Item]) -> Sequence[int]:
    """The index of the first message of each item."""
    return items.indexes if isinstance(items, Run) else [item.messages[0] for item in items]


def messages(items: Sequence[Item]) -> Sequence[int]:
    """The indexes of all messages that the items stand for."""
    if isinstance(items, Run):
        return items.messages()
    return [index for item in items for index in item.messages]
