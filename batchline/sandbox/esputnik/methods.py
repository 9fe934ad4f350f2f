"""Methods of the API: each has checks, in their order, and a handler of checked requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.sandbox.bodies import NOT_JSON, JsonObject, json_object
from batchline.sandbox.checks import Check, plainly
from batchline.sandbox.contract import Answer, Incoming, Item, Outcome, Reply
from batchline.sandbox.desk import Desk
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.auth import KEY, credentials
from batchline.sandbox.esputnik.replies import DUPLICATED, UNAUTHORIZED, problem

#: The id of the message and of the segment that do not exist; every other id exists.
UNKNOWN_ID = 404


@dataclass(frozen=True, slots=True)
class RequestData:
    """The body of a request, the parameters of its path, and its query."""

    #: {} if the request has none.
    body: JsonObject
    path: Mapping[str, Any]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that has passed its method's checks."""

    desk: Desk
    account: Account
    data: RequestData
    #: UNIX seconds.
    now: float
    #: The items' rows in the ledger.
    rows: range
    #: Indexes of the items that a fault refuses.
    rejected: frozenset[int]

    @property
    def body(self) -> JsonObject:
        return self.data.body

    def accept(self, reply: Reply) -> Answer:
        """A 2xx answer; every item is applied."""
        return Answer(reply, [Outcome.APPLIED] * len(self.rows))

    def refuse(self, detail: str, status: int = 400) -> Answer:
        """A 4xx answer with a text of ours; every item is refused."""
        return Answer(problem(detail, status), [Outcome.REFUSED] * len(self.rows))


@dataclass(frozen=True, slots=True)
class Method:
    """One documented method."""

    http_method: str
    #: The path below /api, in Starlette's notation.
    path: str
    operation: str
    handle: Callable[[CheckedRequest], Answer]
    #: The check of the body; None: the method has no body.
    shape: Check | None = None
    #: Makes the items of a request, also of an unchecked one.
    items: Callable[[RequestData], list[Item]] = lambda data: []
    #: The name of the body's list of items; "": it has none.
    batch: str = ""
    #: Whether an answer of success can refuse single items.
    judges_items: bool = False
    #: Whether an equal request, repeated, is a "Duplicated request".
    guards_repeats: bool = False
    #: The most bytes of the body.
    longest_body: int | None = None


class ServedMethod:
    """A method as an endpoint of the sandbox."""

    def __init__(self, desk: Desk, account: Callable[[], Account], method: Method) -> None:
        self.http_method = method.http_method
        self.path = f"/api{method.path}"
        self.operation = method.operation
        self._desk = desk
        self._account = account
        self._method = method

    def open(self, incoming: Incoming) -> MethodCall:
        return MethodCall(self._desk, self._account(), self._method, incoming)


class MethodCall:
    """One request to a method, before its checks."""

    def __init__(self, desk: Desk, account: Account, method: Method, incoming: Incoming) -> None:
        self._desk = desk
        self._account = account
        self._method = method
        self._incoming = incoming
        self._body = None if method.shape is None else json_object(incoming)
        self._data = RequestData(self._body or {}, incoming.path_params, incoming.query)
        self.client_id, self._key = credentials(incoming.headers)
        self.items: Sequence[Item] = method.items(self._data)

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        refusal = self._refusal(now)
        if refusal is None and rejected and not self._method.judges_items:
            refusal = self.refusal("refused by a fault")
        if refusal is not None:
            return Answer(refusal, [Outcome.REFUSED] * len(rows))
        if self._method.guards_repeats:
            self._account.repeats.note(self._incoming.path, self._incoming.body, now)
        request = CheckedRequest(self._desk, self._account, self._data, now, rows, rejected)
        return self._method.handle(request)

    def refusal(self, detail: str, index: int | None = None) -> Reply:
        if index is not None:
            detail = f"{self._method.batch or self._method.path}[{index}]: {detail}"
        return problem(detail)

    def _refusal(self, now: float) -> Reply | None:
        """The refusal for rate, key, repetition or body, in this order; None: it passes."""
        settings = self._desk.settings
        if not self._account.rate_limit.admits(settings.esputnik_per_second, now):
            return problem("too many requests", 429)
        if self._key != KEY:
            return UNAUTHORIZED
        if self._method.guards_repeats and self._account.repeats.has(
            self._incoming.path, self._incoming.body, settings.esputnik_duplicate_window, now
        ):
            return DUPLICATED
        return self._problem_of_body()

    def _problem_of_body(self) -> Reply | None:
        if self._method.shape is None:
            return None
        if self._body is None:
            return problem(NOT_JSON)
        size, limit = len(self._incoming.body), self._method.longest_body
        if limit is not None and size > limit:
            return problem(f"{size} bytes of body, more than {limit}")
        error = self._method.shape(self._body)
        return problem(plainly(error)) if error else None
