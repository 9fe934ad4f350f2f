"""The contract between the sandbox and its APIs, and the values that pass between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from starlette.routing import Route


def ours(detail: str) -> str:
    """A text of ours, where the documents have none."""
    return f"[sandbox] {detail}"


class Outcome(IntEnum):
    """The outcome of one item of one request."""

    #: A fault prevented it: the item had no effect.
    FAULTED = 0
    #: The API refused the item or its whole request.
    REFUSED = 1
    #: The item's contact does not exist.
    MISSING = 2
    #: The item is accepted, and not yet in effect.
    PENDING = 3
    #: The item is in effect.
    APPLIED = 4


class Item(NamedTuple):
    """One item of a request, for the ledger and for scripts."""

    #: The item's identifier: an event's externalId, a contact's e-mail, a coupon's code.
    id: str
    #: The item's contact: a lower-cased e-mail address, or an id of the API's.
    key: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One HTTP request that has arrived completely."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    #: The parameters of the endpoint's path, converted as the path says.
    path_params: Mapping[str, Any] = field(default_factory=dict)
    #: The query's fields; a repeated name has its last value.
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response."""

    body: bytes
    status: int = 200
    #: The header Content-Type; "": the header is left out.
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An API's reply, and the outcome of each item in the request's order."""

    reply: Reply
    outcomes: Sequence[Outcome] = ()


class Call(Protocol):
    """A request as its API understands it; to open it has no effect yet."""

    @property
    def client_id(self) -> str:
        """The client that the request names; "" if it names none."""
        ...

    @property
    def items(self) -> Sequence[Item]:
        """The items, as far as they can be read, of a request that will be refused too."""
        ...

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        """Check the request and let it take effect.

        `now` is UNIX seconds, `rows` are the items' rows in the ledger, `rejected` the indexes of
        the items that a fault refuses.
        """
        ...

    def refusal(self, detail: str, index: int | None = None) -> Reply:
        """The API's refusal of the whole request, because of the item at `index` if not None."""
        ...


class Endpoint(Protocol):
    """One documented method of an API."""

    @property
    def http_method(self) -> str: ...

    @property
    def path(self) -> str:
        """The method's path, in Starlette's notation."""
        ...

    @property
    def operation(self) -> str:
        """The operation's name in ledger and faults, such as `event.add`."""
        ...

    def open(self, incoming: Incoming) -> Call: ...


class Api(Protocol):
    """One documented API: its endpoints, its memory, and its part of the control endpoint."""

    @property
    def endpoints(self) -> Sequence[Endpoint]: ...

    def advance(self, now: float) -> None:
        """Do the work that is due by `now` (UNIX seconds). It is called before every request."""
        ...

    def reset(self) -> None:
        """Return to the state at the start of the sandbox."""
        ...

    def control_routes(self) -> list[Route]:
        """Routes under `/_sandbox` that show and change this API's memory."""
        ...
