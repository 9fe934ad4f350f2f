"""A request to an API, the HTTP call that it becomes, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from batchline.systems.addresses import without_secrets
from batchline.systems.columns import Item, contacts
from batchline.systems.verdicts import Outcome

#: The header `User-Agent` of every request.
USER_AGENT = f"batchline/{version('batchline')}"


#: The name in place of an operation's, of a request about the account.
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of an API: its path, the body of its requests, the meaning of its answers."""

    #: A path such as `/api/contact/upsert`, or `/v1/contacts/{contactId}` with a parameter's name.
    path: str
    #: Makes the body of request, account and UNIX seconds; b"" for none.
    body: Callable[[Request, Any, float], bytes]
    #: Makes the outcome of request and answer, for the system's adapter, which passes the part of
    #: the answer that it has read: usually its body. None: the documents know no such answer.
    judge: Callable[[Request, Any], Outcome | None]
    method: str = "POST"

    def request(self, items: Sequence[Item], **parameters: object) -> Request:
        """A request with these items, all of one operation; the path's parameters are quoted."""
        path = self.path
        if parameters:
            quoted = {name: quote(str(value), safe="") for name, value in parameters.items()}
            path = path.format_map(quoted)
        return Request(items[0].operation, self, items, path)

    def question(self) -> Request:
        """A request without items, about the account."""
        return Request(QUESTION, self, (), self.path)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call with some or all items of a batch."""

    operation: str
    endpoint: Endpoint
    items: Sequence[Item]
    #: The path behind the account's address, with the query if there is one.
    path: str

    @property
    def method(self) -> str:
        return self.endpoint.method

    def with_items(self, items: Sequence[Item]) -> Request:
        """This request with other items."""
        return replace(self, items=items)

    def halves(self) -> list[Request]:
        """The request cut in two; alone when it has one item."""
        middle = len(self.items) // 2
        parts = (self.items[:middle], self.items[middle:])
        return [self.with_items(part) for part in parts if part]

    def by_contacts(self) -> list[Request]:
        """The request cut in two, each with half of the contacts; alone when it has one contact."""
        keys = contacts(self.items)
        distinct = list(dict.fromkeys(keys))
        first = set(distinct[: (len(distinct) + 1) // 2])
        parts: tuple[list[Item], list[Item]] = ([], [])
        for item, key in zip(self.items, keys, strict=True):
            parts[key not in first].append(item)
        return [self.with_items(part) for part in parts if part]


@dataclass(frozen=True, slots=True)
class HttpCall:
    """The HTTP call of a request. Its repr shows neither body nor headers: both hold secrets."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    #: Whether the call may not go to an address that is none of the Internet.
    public_only: bool = False

    def __repr__(self) -> str:
        """Method, size, and the address without its query: a signed address is a secret too."""
        address = without_secrets(self.url).partition("?")[0]
        return f"HttpCall({self.method} {address}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The HTTP answer, whatever it is."""

    status: int
    #: Their names are spelled as the server spelled them.
    headers: Mapping[str, str]
    body: bytes
