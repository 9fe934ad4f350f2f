"""The log of requests by number: their endpoint, faults and answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class LoggedRequest:
    """One request; times in UNIX seconds."""

    number: int
    started: float
    path: str
    operation: str
    client_id: str
    items: int
    #: Bytes of the request's body.
    bytes: int
    #: Kinds of the faults that hit the request, in order.
    faults: tuple[str, ...] = ()
    #: HTTP status of the answer; 0: there was none.
    status: int = 0
    #: None: the request is not over yet.
    ended: float | None = None


class RequestLog:
    """Every request since the start or the last reset. Numbers start at 1."""

    def __init__(self) -> None:
        self._requests: list[LoggedRequest] = []

    def __len__(self) -> int:
        return len(self._requests)

    def open(
        self, started: float, path: str, operation: str, client_id: str, items: int, size: int
    ) -> LoggedRequest:
        """Log a request under the next number."""
        number = len(self._requests) + 1
        request = LoggedRequest(number, started, path, operation, client_id, items, size)
        self._requests.append(request)
        return request

    def get(self, number: int) -> LoggedRequest:
        return self._requests[number - 1]

    def after(self, number: int) -> Iterator[dict[str, Any]]:
        """The requests after the one with this number, as JSON objects."""
        return (asdict(request) for request in self._requests[number:])
