"""Methods of the API: each has checks, in their order, and a handler of checked requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from batchline.sandbox.bodies import NOT_JSON, JsonObject, as_text, json_object
from batchline.sandbox.checks import Check, plainly, record, text, whole
from batchline.sandbox.contract import Answer, Incoming, Item, Outcome, Reply, ours
from batchline.sandbox.desk import Desk
from batchline.sandbox.salesmanago.account import Account
from batchline.sandbox.salesmanago.auth import NOT_AUTHENTICATED, is_authentic, owner_problem

#: The authorization data, in every body. `auth` checks their values. The samples of the mobile push
#: documents have no requestTime, and one sample of API v2 sends seconds.
AUTH_FIELDS: dict[str, Check] = {
    "clientId": text(255),
    "apiKey": text(255),
    "sha": text(40),
    "requestTime": whole(1),
}
#: `owner`: the e-mail address of a user of the account, up to 255 characters.
OWNER: dict[str, Check] = {"owner": text(255)}


def reply(success: bool, *messages: str, **fields: object) -> Reply:
    """A reply with HTTP 200: `success`, `message`, and the method's own fields."""
    return Reply(json.dumps({"success": success, "message": messages, **fields}).encode())


def body_of(
    fields: Mapping[str, Check],
    required: Sequence[str] = (),
    requires_request_time: bool = True,
) -> Check:
    """A check of a request body: the authorization data and the method's own fields."""
    needed = [*required, *(["requestTime"] if requires_request_time else [])]
    return record({**AUTH_FIELDS, **fields}, needed)


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that has passed its method's checks."""

    desk: Desk
    account: Account
    body: JsonObject
    #: UNIX seconds.
    now: float
    #: The items' rows in the ledger.
    rows: range
    #: Indexes of the items that a fault refuses.
    rejected: frozenset[int]
    #: The header Host of the request, with its port.
    host: str

    def accept(self, *messages: str, **fields: object) -> Answer:
        """A success; every item is applied."""
        return Answer(reply(True, *messages, **fields), [Outcome.APPLIED] * len(self.rows))

    def keep(self, operation: str) -> None:
        """Keep the request in the account's memory, without its authorization data."""
        kept = {name: part for name, part in self.body.items() if name not in AUTH_FIELDS}
        self.account.kept[operation].append(kept)

    def refuse(self, detail: str, **fields: object) -> Answer:
        """`success: false` with a text of ours; every item is refused."""
        return Answer(reply(False, ours(detail), **fields), [Outcome.REFUSED] * len(self.rows))


@dataclass(frozen=True, slots=True)
class Method:
    """One documented method; `ServedMethod` makes an endpoint of it."""

    #: The path below /api, such as `contact/upsert`.
    name: str
    operation: str
    shape: Check
    handle: Callable[[CheckedRequest], Answer]
    #: Makes the items of a body, also of an unchecked one.
    items: Callable[[JsonObject], list[Item]] = lambda body: []
    #: Whether the body must have an `owner`; None: the method has no `owner`.
    owner_required: bool | None = True
    #: The method's name of the field `owner`.
    owner_field: str = "owner"
    #: The field with the items of a batch whose answer can refuse single items; None: there is
    #: none.
    batch: str | None = None
    #: Reads the body as an object; None if it cannot be read.
    read: Callable[[Incoming], JsonObject | None] = json_object


class ServedMethod:
    """A method as an endpoint of the sandbox."""

    http_method = "POST"

    def __init__(self, desk: Desk, accounts: Mapping[str, Account], method: Method) -> None:
        self.path = f"/api/{method.name}"
        self.operation = method.operation
        self._desk = desk
        self._accounts = accounts
        self._method = method

    def open(self, incoming: Incoming) -> MethodCall:
        return MethodCall(self._desk, self._accounts, self._method, incoming)


class MethodCall:
    """One request to a method, before its checks."""

    def __init__(
        self, desk: Desk, accounts: Mapping[str, Account], method: Method, incoming: Incoming
    ) -> None:
        self._desk = desk
        self._accounts = accounts
        self._method = method
        self._host = incoming.headers.get("host", "")
        self._body = method.read(incoming)
        self.client_id = as_text((self._body or {}).get("clientId"))
        self.items: Sequence[Item] = method.items(self._body) if self._body else []

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        account = self._accounts.get(self.client_id)
        problem = self._problem(account)
        if problem is None and rejected and not self._method.batch:
            problem = ours("refused by a fault")
        if problem is not None or account is None or self._body is None:
            refused = [Outcome.REFUSED] * len(rows)
            return Answer(reply(False, problem or NOT_AUTHENTICATED), refused)
        request = CheckedRequest(self._desk, account, self._body, now, rows, rejected, self._host)
        return self._method.handle(request)

    def refusal(self, detail: str, index: int | None = None) -> Reply:
        if index is not None:
            detail = f"{self._method.batch or self._method.name}[{index}]: {detail}"
        return reply(False, ours(detail))

    def _problem(self, account: Account | None) -> str | None:
        """The error in body, credentials, owner or fields, in this order; None: it passes."""
        if self._body is None:
            return ours(NOT_JSON)
        if account is None or not is_authentic(self._body, account.client):
            return NOT_AUTHENTICATED
        required = self._method.owner_required
        if required is not None:
            owner = owner_problem(self._body, account.client, required, self._method.owner_field)
            if owner:
                return owner
        problem = self._method.shape(self._body)
        return ours(plainly(problem)) if problem else None
