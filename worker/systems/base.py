"""What a system is: plan and judge, as pure functions over values. It knows no Redis, no Celery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from producers.settings import Account, EffectiveOperation
from worker.verdicts import JobEnded, Outcome


@dataclass(frozen=True, slots=True)
class Item:
    """What stands for one message, or for several merged ones, in a request."""

    #: The item's JSON, as it goes out.
    payload: bytes
    #: Key of the contact it is about (`Message.contact_key`).
    contact: str
    #: The request's fields around it (`Message.options`).
    options: str
    #: Places in the batch of the messages that it stands for.
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call with some or all items of a batch."""

    operation: str
    #: The path at the account's address, such as `/api/contact/batchupsertv2`.
    path: str
    items: tuple[Item, ...]

    def halves(self) -> list[Request]:
        """The request cut in two; itself when it has one item."""
        middle = len(self.items) // 2
        parts = (self.items[:middle], self.items[middle:])
        return [Request(self.operation, self.path, part) for part in parts if part]


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


class System(Protocol):
    """One API. Registered in `worker.systems.SYSTEMS`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        """The items that are left when those that the API takes as one are made one."""
        ...

    def plan(
        self, items: Sequence[Item], operation: str, settings: EffectiveOperation, account: Account
    ) -> list[list[Request]]:
        """Waves of requests: those of one wave may go at the same time, the waves in order."""
        ...

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        """Requests that ask the API what became of items in doubt; answered by `Verified`."""
        ...

    def call(self, request: Request, account: Account, now: float) -> HttpCall:
        """The request as bytes; `now` in UNIX seconds."""
        ...

    def job_status(self, job: str, account: Account, now: float) -> HttpCall:
        """The question about a job that the API named in an answer (`Judged.job`)."""
        ...

    def job_file(self, answer: HttpAnswer) -> HttpCall | None:
        """Where the ended job's result is; None while it has not ended."""
        ...

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        """The result; None when it cannot be read."""
        ...

    def judge(self, request: Request, answer: HttpAnswer, account: Account, now: float) -> Outcome:
        """What the answer means for each item; an answer nobody knows is never success."""
        ...
