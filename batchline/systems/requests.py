"""A call of an API, before and after it is bytes; and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from batchline.systems.columns import Item, contacts
from batchline.systems.verdicts import Outcome


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of an API: where it is, what its requests carry, what its answers mean."""

    #: Such as `/api/contact/upsert`, or `/v1/contacts/{contactId}` with names of parameters.
    path: str
    #: From request, account and UNIX seconds to the body; b"" for none.
    body: Callable[[Request, Any, float], bytes]
    #: From request and the answer's body, read as its system reads it, to what it means; asked once
    #: the status says success. None: nothing that the documents know.
    judge: Callable[[Request, Any], Outcome | None]
    method: str = "POST"

    def request(self, items: Sequence[Item], **parameters: object) -> Request:
        """One call with these items, all of one operation; parameters are quoted into the path."""
        path = self.path
        if parameters:
            quoted = {name: quote(str(value), safe="") for name, value in parameters.items()}
            path = path.format_map(quoted)
        return Request(items[0].operation, self, items, path)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call with some or all items of a batch."""

    operation: str
    endpoint: Endpoint
    items: Sequence[Item]
    #: The path at the account's address, with the query if there is one.
    path: str

    @property
    def method(self) -> str:
        return self.endpoint.method

    def with_items(self, items: Sequence[Item]) -> Request:
        """The same call with other items."""
        return replace(self, items=items)

    def halves(self) -> list[Request]:
        """The request cut in two; itself when it has one item."""
        middle = len(self.items) // 2
        parts = (self.items[:middle], self.items[middle:])
        return [self.with_items(part) for part in parts if part]

    def by_contacts(self) -> list[Request]:
        """The request cut in two, about half of the contacts each; itself when it has one."""
        keys = contacts(self.items)
        distinct = list(dict.fromkeys(keys))
        first = set(distinct[: (len(distinct) + 1) // 2])
        parts: tuple[list[Item], list[Item]] = ([], [])
        for item, key in zip(self.items, keys, strict=True):
            parts[key not in first].append(item)
        return [self.with_items(part) for part in parts if part]


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request as bytes. Its repr shows neither body nor headers: both hold secrets."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    def __repr__(self) -> str:
        """Without the query: a signed address is a secret too."""
        return f"HttpCall({self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes
