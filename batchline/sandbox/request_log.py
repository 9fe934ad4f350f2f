"""The requests, by number: what came to which endpoint, and how it was answered."""

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
    #: Length of the request's body.
    bytes: int
    #: Kinds of the faults that hit it, in order.
    faults: tuple[str, ...] = ()
    #: 0: nothing was answered.
    status: int = 0
    #: None: not over yet.
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
        """Give the request a number."""
        number = len(self._requests) + 1
        request = LoggedRequest(number, started, path, operation, client_id, items, size)
        self._requests.append(request)
        return request

    def get(self, number: int) -> LoggedRequest:
        return self._requests[number - 1]

    def after(self, number: int) -> Iterator[dict[str, Any]]:
        """The requests behind that number, as they go out in JSON."""
        return (asdict(request) for request in self._requests[number:])
