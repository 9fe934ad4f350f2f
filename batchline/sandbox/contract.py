"""What an API must be to stand in the sandbox, and the values that pass between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from starlette.routing import Route


def ours(words: str) -> str:
    """A message for which the documents have no words."""
    return f"[sandbox] {words}"


class Outcome(IntEnum):
    """What became of one item of one request."""

    #: A fault stood in the way: nothing was done with it.
    FAULTED = 0
    #: The API said no, to the item or to its whole request.
    REFUSED = 1
    #: Its contact does not exist.
    MISSING = 2
    #: Accepted, not yet in effect.
    PENDING = 3
    #: In effect.
    APPLIED = 4


class Item(NamedTuple):
    """One item of a request, as ledger and scripts name it."""

    #: What tells it from others: an event's externalId, a contact's e-mail, a coupon's code.
    id: str
    #: The contact it is about: a lower-cased e-mail address, or an id of the API's.
    key: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One HTTP request that has arrived whole."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    #: What the endpoint's path names in braces, converted as it says there.
    path_params: Mapping[str, Any] = field(default_factory=dict)
    #: Of a repeated name the last value.
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response."""

    body: bytes
    status: int = 200
    #: "": the header is left out.
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API replies, and the outcome of each item in the request's order."""

    reply: Reply
    outcomes: Sequence[Outcome] = ()


class Call(Protocol):
    """A request as its API understands it; opening it has no effect yet."""

    @property
    def client_id(self) -> str:
        """Whose request it says it is; "" when it does not say."""
        ...

    @property
    def items(self) -> Sequence[Item]:
        """The items, as far as they can be read: also of a request that will be refused."""
        ...

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        """Check the request and let it take effect.

        `now` is UNIX seconds, `rows` the items' rows in the ledger, `rejected` the places of
        the items that a fault wants refused.
        """
        ...

    def refusal(self, words: str, index: int | None = None) -> Reply:
        """The API's way to refuse the whole request, because of the item at `index` if given."""
        ...


class Endpoint(Protocol):
    """One documented method of an API."""

    @property
    def http_method(self) -> str: ...

    @property
    def path(self) -> str:
        """Its path, in Starlette's notation."""
        ...

    @property
    def operation(self) -> str:
        """What ledger and faults call it, such as `event.add`."""
        ...

    def open(self, incoming: Incoming) -> Call: ...


class Api(Protocol):
    """One documented API: its endpoints, its memory, and its part of the control endpoint."""

    @property
    def endpoints(self) -> Sequence[Endpoint]: ...

    def advance(self, now: float) -> None:
        """Do what has become due by `now` (UNIX seconds). Called before every request."""
        ...

    def reset(self) -> None:
        """Forget everything but what the sandbox was started with."""
        ...

    def control_routes(self) -> list[Route]:
        """Routes under `/_sandbox` that show and change this API's memory."""
        ...
