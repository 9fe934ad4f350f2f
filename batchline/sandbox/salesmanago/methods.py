"""A method of the API: its checks in their order, and what it does once they have passed."""

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

#: The authorization data, in every body. Their values are checked by `auth`; the samples of the
#: mobile push documents have no requestTime, and one sample of API v2 sends seconds.
AUTH_FIELDS: dict[str, Check] = {
    "clientId": text(255),
    "apiKey": text(255),
    "sha": text(40),
    "requestTime": whole(1),
}
#: `owner`: a user account's e-mail address, 255.
OWNER: dict[str, Check] = {"owner": text(255)}


def reply(success: bool, *messages: str, **fields: object) -> Reply:
    """The API's envelope: `success`, `message`, and the method's own fields. Always HTTP 200."""
    return Reply(json.dumps({"success": success, "message": messages, **fields}).encode())


def body_of(
    fields: Mapping[str, Check],
    required: Sequence[str] = (),
    requires_request_time: bool = True,
) -> Check:
    """A whole request body: the authorization data and the method's own fields."""
    needed = [*required, *(["requestTime"] if requires_request_time else [])]
    return record({**AUTH_FIELDS, **fields}, needed)


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """What a method works with, once its request has passed the checks."""

    desk: Desk
    account: Account
    body: JsonObject
    #: UNIX seconds.
    now: float
    #: The items' rows in the ledger.
    rows: range
    #: Places of items that a fault wants refused.
    rejected: frozenset[int]
    #: The host that the client asked for, with its port.
    host: str

    def accept(self, *messages: str, **fields: object) -> Answer:
        """Success, every item applied."""
        return Answer(reply(True, *messages, **fields), [Outcome.APPLIED] * len(self.rows))

    def keep(self, operation: str) -> None:
        """Remember the request, without who asked."""
        kept = {name: part for name, part in self.body.items() if name not in AUTH_FIELDS}
        self.account.kept[operation].append(kept)

    def refuse(self, words: str, **fields: object) -> Answer:
        """`success: false` in words of ours, every item refused."""
        return Answer(reply(False, ours(words), **fields), [Outcome.REFUSED] * len(self.rows))


@dataclass(frozen=True, slots=True)
class Method:
    """One documented method. An `Endpoint`, once it stands at its API."""

    #: Below /api, such as `contact/upsert`.
    name: str
    operation: str
    shape: Check
    handle: Callable[[CheckedRequest], Answer]
    items: Callable[[JsonObject], list[Item]] = lambda body: []
    #: None: the method has no `owner`.
    owner_required: bool | None = True
    #: What it calls the `owner`.
    owner_field: str = "owner"
    #: The field with the items of a batch whose answer can refuse single items.
    batch: str | None = None
    #: The body as an object; None when it cannot be read.
    read: Callable[[Incoming], JsonObject | None] = json_object


class ServedMethod:
    """A method as an endpoint."""

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
    """One request to one method."""

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

    def refusal(self, words: str, index: int | None = None) -> Reply:
        place = f"{self._method.batch or self._method.name}[{index}]: " if index is not None else ""
        return reply(False, ours(f"{place}{words}"))

    def _problem(self, account: Account | None) -> str | None:
        """What is wrong: body, credentials, owner, then the fields."""
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
