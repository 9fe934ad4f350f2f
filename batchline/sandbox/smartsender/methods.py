"""A method of the API: its checks in their order, and what it does once they have passed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.sandbox.bodies import NOT_JSON, JsonObject, json_object
from batchline.sandbox.checks import Check, plainly
from batchline.sandbox.contract import Answer, Incoming, Item, Outcome, Reply, ours
from batchline.sandbox.desk import Desk
from batchline.sandbox.smartsender.project import UNKNOWN, Contact, Project

#: The token of the project.
TOKEN = "sandbox-token"  # noqa: S105
#: The words for a request without a token.
UNAUTHENTICATED = "Unauthenticated"
#: What every command answers.
DONE: JsonObject = {"state": True}


class ApiError(Exception):
    """What is answered as `error`; its code is the HTTP status too."""

    def __init__(self, code: int, words: str, outcome: Outcome = Outcome.REFUSED) -> None:
        super().__init__(words)
        self.code = code
        self.outcome = outcome

    def reply(self) -> Reply:
        error = {"code": self.code, "message": str(self)}
        return Reply(json.dumps({"error": error}).encode(), self.code)


@dataclass(frozen=True, slots=True)
class RequestData:
    """What a request says."""

    #: {} where it has none.
    body: JsonObject
    path: Mapping[str, Any]

    def item(self, name: str) -> Item:
        """An item of that name, about the contact of the path."""
        contact = self.path["contact"]
        return Item(f"{name}@{contact}", contact)


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """What a method works with, once its request has passed the checks."""

    project: Project
    data: RequestData
    #: UNIX seconds.
    now: float

    def contact(self, name: str = "contact") -> Contact:
        """The contact of the path. Raises `ApiError`."""
        found = self.project.contact(self.data.path[name])
        if found is None:
            raise ApiError(404, ours("contact not found"), Outcome.MISSING)
        return found

    def known(self, name: str) -> str:
        """The id of the tag, funnel or channel of the path. Raises `ApiError`."""
        found = str(self.data.path[name])
        if found.startswith(UNKNOWN):
            raise ApiError(404, ours(f"{name} not found"))
        return found


@dataclass(frozen=True, slots=True)
class Method:
    """One documented method."""

    http_method: str
    #: Below /v1, in Starlette's notation.
    path: str
    operation: str
    #: Its answer of success. Raises `ApiError`.
    handle: Callable[[CheckedRequest], JsonObject]
    #: What its body must be; None: it has none.
    shape: Check | None = None
    #: None: it changes nothing.
    item: Callable[[RequestData], Item] | None = None


class ServedMethod:
    """A method as an endpoint."""

    def __init__(self, desk: Desk, project: Callable[[], Project], method: Method) -> None:
        self.http_method = method.http_method
        self.path = f"/v1{method.path}"
        self.operation = method.operation
        self._desk = desk
        self._project = project
        self._method = method

    def open(self, incoming: Incoming) -> MethodCall:
        return MethodCall(self._desk, self._project(), self._method, incoming)


class MethodCall:
    """One request to one method."""

    def __init__(self, desk: Desk, project: Project, method: Method, incoming: Incoming) -> None:
        self._desk = desk
        self._project = project
        self._method = method
        self._body = json_object(incoming)
        self._data = RequestData(self._body or {}, incoming.path_params)
        scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
        self.client_id = token.strip() if scheme.lower() == "bearer" else ""
        self.items: Sequence[Item] = [method.item(self._data)] if method.item else []

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        try:
            self._check(now, rejected)
            said = self._method.handle(CheckedRequest(self._project, self._data, now))
        except ApiError as error:
            return Answer(self._limited(error.reply()), [error.outcome] * len(rows))
        reply = self._limited(Reply(json.dumps(said).encode()))
        return Answer(reply, [Outcome.APPLIED] * len(rows))

    def refusal(self, words: str, index: int | None = None) -> Reply:
        return ApiError(400, ours(words)).reply()

    def _check(self, now: float, rejected: frozenset[int]) -> None:
        """What stands against it: the token, the project's allowance, a fault, its body."""
        if not self.client_id:
            raise ApiError(401, UNAUTHENTICATED)
        if self.client_id != TOKEN:
            raise ApiError(403, ours("the token is wrong"))
        if not self._project.allowance.admits(self._desk.settings, now):
            raise ApiError(429, ours("too many requests"))
        if rejected:
            raise ApiError(400, ours("refused by a fault"))
        if self._method.shape is None:
            return
        if self._body is None:
            raise ApiError(400, ours(NOT_JSON))
        problem = self._method.shape(self._body)
        if problem:
            raise ApiError(400, ours(plainly(problem)))

    def _limited(self, reply: Reply) -> Reply:
        """With the header that "shows the allowance"."""
        limit = f"{self._desk.settings.smartsender_limit:g}"
        return Reply(reply.body, reply.status, headers=(("X-Rate-Limit", limit),))
