"""The contract of a system: one API, described by values and pure functions.

The engine needs a `System` for every API, `Verifies` for one that can be asked about messages,
`ChecksCredentials` for one that can be asked about credentials, `JudgesByStatus` for one whose
answers need not always be read, and `HasJobs` for one that works in jobs. `Inquires` is for people
who ask. `SystemSpec` is the record that registers a system (`registry.py`).

A system of another distribution imports from `batchline.systems` alone: `batchline` itself loads
every system (docs/add-a-system.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from batchline.systems.account import BaseAccount
from batchline.systems.columns import Item
from batchline.systems.mapping.targets import Table
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.question import Inquiry
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import JobEnded, Outcome

#: Names of operations: `worker/store/message_ids.py` and the settings read them back.
OPERATION_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*", re.ASCII)
#: The field of the stored options that names an operation in another's lane (`Message.options`).
RESERVED_OPTION = "op"

A = TypeVar("A", bound=BaseAccount, contravariant=True)


class System(Protocol[A]):
    """One API, for accounts of its class.

    `operation` names the lane; each item has an operation of its own (`Item.operation`).
    """

    def merge(self, operation: str, items: Sequence[Item]) -> Sequence[Item]:
        """The items of a batch, after those that the API can take as one have become one.

        A merged item stands for the messages of all its parts (`planning.fold`).
        """
        ...

    def plan(
        self, items: Sequence[Item], operation: str, settings: EffectiveOperation, account: A
    ) -> list[list[Request]]:
        """Waves of requests: the requests of one wave may go at once, the waves go in order.

        Every item goes into one request, and only one.
        """
        ...

    def call(self, request: Request, account: A, now: float) -> HttpCall:
        """The request as bytes; `now` in UNIX seconds."""
        ...

    def judge(self, request: Request, answer: HttpAnswer, account: A, now: float) -> Outcome:
        """The outcome for the items; an undocumented answer is no success. `now` as in `call`."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """A system whose API can be asked whether it took a message."""

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        """Requests that ask the API whether it took these items; `judge` answers `Verified`."""
        ...


@runtime_checkable
class JudgesByStatus(Protocol):
    """A system for which some statuses decide whatever the body says: it may be unreadable too."""

    def judge_status(self, answer: HttpAnswer, account: Any, now: float) -> Outcome | None:
        """The outcome of an answer whose body could not be read; None: only the body tells."""
        ...


@runtime_checkable
class ChecksCredentials(Protocol):
    """A system whose API has a harmless request that it answers for good credentials alone.

    It is sent when an answer says that the credentials are refused, before the account is paused.
    """

    def credentials_request(self, account: Any) -> Request:
        """A request without items; `judge` answers `Judged` or `CredentialsRefused`."""
        ...


@runtime_checkable
class Inquires(Protocol):
    """A system whose API can be asked about what a message names, such as its contact.

    People ask so about a dead letter, or about a message before it goes out.
    """

    def inquiries(self, item: Item) -> Iterable[Inquiry]:
        """Questions with a yes or a no for an answer.

        Raises ValueError, also while it is iterated, for a message that names something which no
        question takes.
        """
        ...


@runtime_checkable
class HasJobs(Protocol):
    """A system whose API accepts requests as jobs, whose result it has later."""

    def job_status(self, job: str, account: Any, now: float, options: str) -> HttpCall:
        """The question about the job with this id (`Judged.job`); `now` in UNIX seconds.

        `options`: the stored options that the job's messages share (`message.request_fields`).
        """
        ...

    def job_progress(self, answer: HttpAnswer) -> JobEnded | HttpCall | None:
        """The job's result, or the call that fetches it; None while the job has not ended."""
        ...

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        """The job's result, from the fetched answer; None when it cannot be read."""
        ...

    def identifiers(self, payload: bytes) -> Sequence[str]:
        """Every identifier by which a job's result may name the item, lower-cased."""
        ...


@dataclass(frozen=True)
class SystemSpec:
    """The record of one system."""

    #: The value of `system` in an account's settings.
    name: str
    #: The name for people.
    title: str
    account: type[BaseAccount]
    operations: Sequence[Operation]
    adapter: System[Any]
    #: Neutral type ("contact", "event") -> how it becomes the system's own message.
    mapping: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for operation in self.operations:
            self._check(operation)
        # An account class belongs to one system, and has its operations and tables.
        self.account.known_operations = {one.name: one for one in self.operations}
        self.account.tables = self.mapping

    def _check(self, operation: Operation) -> None:
        """Refuse an operation whose messages could not be stored; raises ValueError."""
        names = {one.name for one in self.operations}
        if not OPERATION_NAME.fullmatch(operation.name):
            raise ValueError(
                f"operation {operation.name!r}: its name stands in the names of lanes: lower-case "
                "letters, digits, _ and ., such as order.add"
            )
        if operation.lane not in names:
            raise ValueError(
                f"operation {operation.name}: no operation has the lane {operation.lane}"
            )
        fields = operation.message.model_fields
        options = {fields[name].alias or name for name in operation.message.options_fields}
        if RESERVED_OPTION in options:
            raise ValueError(
                f"operation {operation.name}: {RESERVED_OPTION!r} among its options_fields is "
                "Batchline's own: keep the field in the payload, and move it in Endpoint.body"
            )
