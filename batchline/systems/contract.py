"""What a system is: one API, described by values and pure functions.

`System` is what the engine asks for. `Verifies` and `HasJobs` are asked for where the API can do
it. `SystemSpec` is the record by which a system is registered (`registry.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from batchline.systems.account import BaseAccount
from batchline.systems.columns import Item
from batchline.systems.mapping.targets import Table
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import JobEnded, Outcome

A = TypeVar("A", bound=BaseAccount, contravariant=True)


class System(Protocol[A]):
    """One API, for accounts of its class.

    `operation` is the one that the lane is named after; each item says its own.
    """

    def merge(self, operation: str, items: Sequence[Item]) -> Sequence[Item]:
        """The items that are left when those that the API takes as one are made one."""
        ...

    def plan(
        self, items: Sequence[Item], operation: str, settings: EffectiveOperation, account: A
    ) -> list[list[Request]]:
        """Waves of requests: those of one wave may go at the same time, the waves in order."""
        ...

    def call(self, request: Request, account: A, now: float) -> HttpCall:
        """The request as bytes; `now` in UNIX seconds."""
        ...

    def judge(self, request: Request, answer: HttpAnswer, account: A, now: float) -> Outcome:
        """What the answer means for each item; an answer nobody knows is never success."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """A system whose API can be asked what became of messages."""

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        """Requests that ask the API what became of ambiguous items; answered by `Verified`."""
        ...


@runtime_checkable
class HasJobs(Protocol):
    """A system whose API accepts requests as jobs and tells their result later."""

    def job_status(self, job: str, account: Any, now: float) -> HttpCall:
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


@dataclass(frozen=True)
class SystemSpec:
    """One system, as it is registered."""

    #: As `system` in an account's settings names it.
    name: str
    #: As people name it.
    title: str
    account: type[BaseAccount]
    operations: Sequence[Operation]
    adapter: System[Any]
    #: Neutral type ("contact", "event") -> how the system takes it.
    mapping: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # An account class belongs to one system, and knows what that takes.
        self.account.known_operations = {one.name: one for one in self.operations}
        self.account.tables = self.mapping
