"""What a system is: plan and judge, as pure functions over values. It knows no Redis, no Celery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from batchline.systems.account import BaseAccount, EffectiveOperation
from batchline.systems.verdicts import JobEnded, Outcome

A = TypeVar("A", bound=BaseAccount, contravariant=True)


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
    #: What they ask for; a lane may carry several operations.
    operation: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call with some or all items of a batch."""

    operation: str
    #: The path at the account's address, such as `/api/contact/batchupsertv2`.
    path: str
    items: tuple[Item, ...]
    method: str = "POST"

    def halves(self) -> list[Request]:
        """The request cut in two; itself when it has one item."""
        middle = len(self.items) // 2
        parts = (self.items[:middle], self.items[middle:])
        return [replace(self, items=part) for part in parts if part]

    def by_contacts(self) -> list[Request]:
        """The request cut in two, about half of the contacts each; itself when it has one."""
        contacts = list(dict.fromkeys(item.contact for item in self.items))
        first = set(contacts[: (len(contacts) + 1) // 2])
        parts = (
            tuple(item for item in self.items if item.contact in first),
            tuple(item for item in self.items if item.contact not in first),
        )
        return [replace(self, items=part) for part in parts if part]


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


class System(Protocol[A]):
    """One API, for accounts of its class. Registered in `batchline.systems.adapters.SYSTEMS`.

    `operation` is the one that the lane is named after; each item says its own.
    """

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        """The items that are left when those that the API takes as one are made one."""
        ...

    def plan(
        self, items: Sequence[Item], operation: str, settings: EffectiveOperation, account: A
    ) -> list[list[Request]]:
        """Waves of requests: those of one wave may go at the same time, the waves in order."""
        ...

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        """Requests that ask the API what became of items in doubt; answered by `Verified`."""
        ...

    def call(self, request: Request, account: A, now: float) -> HttpCall:
        """The request as bytes; `now` in UNIX seconds."""
        ...

    def judge(self, request: Request, answer: HttpAnswer, account: A, now: float) -> Outcome:
        """What the answer means for each item; an answer nobody knows is never success."""
        ...

    def job_status(self, job: str, account: A, now: float) -> HttpCall:
        """The question about a job that the API named in an answer (`Judged.job`)."""
        ...

    def job_progress(self, answer: HttpAnswer) -> JobEnded | HttpCall | None:
        """The answer to it: the job's result, where to fetch it, or None: it has not ended."""
        ...

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        """The result that was fetched; None when it cannot be read."""
        ...

    def identifiers(self, payload: bytes) -> Sequence[str]:
        """Every identifier, lower-cased, by which a job's result may name the item."""
        ...


class NoJobs:
    """The part of a system whose API has no jobs and cannot be asked about anything."""

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        return []

    def job_status(self, job: str, account: Any, now: float) -> HttpCall:
        raise NotImplementedError("this API has no jobs")

    def job_progress(self, answer: HttpAnswer) -> JobEnded | HttpCall | None:
        return None

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        return None

    def identifiers(self, payload: bytes) -> Sequence[str]:
        return ()
