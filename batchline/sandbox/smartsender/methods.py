"""Methods of the API: each has checks, in their order, and a handler of checked requests."""

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
#: The message for a request without a token.
UNAUTHENTICATED = "Unauthenticated"
#: The most rows of a page: `limitation`, "Minimum value 1, maximum 20".
MOST_ROWS = 20
#: The answer of every command.
DONE: JsonObject = {"state": True}


class ApiError(Exception):
    """A refusal: the answer has an `error`, whose code is the HTTP status too."""

    def __init__(self, code: int, message: str, outcome: Outcome = Outcome.REFUSED) -> None:
        super().__init__(message)
        self.code = code
        self.outcome = outcome

    def reply(self) -> Reply:
        error = {"code": self.code, "message": str(self)}
        return Reply(json.dumps({"error": error}).encode(), self.code)


@dataclass(frozen=True, slots=True)
class RequestData:
    """The body of a request, the parameters of its path, and its query."""

    #: {} if the request has none.
    body: JsonObject
    path: Mapping[str, Any]
    query: Mapping[str, str]

    def item(self, name: str) -> Item:
        """An item of this name, about the contact in the path."""
        contact = self.path["contact"]
        return Item(f"{name}@{contact}", contact)


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that has passed its method's checks."""

    project: Project
    data: RequestData
    #: UNIX seconds.
    now: float

    def contact(self, name: str = "contact") -> Contact:
        """The contact in the path. Raises ApiError."""
        contact = self.project.contact(self.data.path[name])
        if contact is None:
            raise ApiError(404, ours("contact not found"), Outcome.MISSING)
        return contact

    def page_of(self, rows: Sequence[JsonObject]) -> JsonObject:
        """A page: `page` is 1 or more, `limitation` 1 to 20. Raises ApiError for any other.

        A `cursor` has the number of the page, and of all pages.
        """
        page, limitation = self._number("page", "1"), self._number("limitation", "20")
        if limitation > MOST_ROWS:
            raise ApiError(400, ours(f"limitation: at most {MOST_ROWS}"))
        pages = max(1, -(-len(rows) // limitation))
        shown = rows[(page - 1) * limitation : page * limitation]
        return {"cursor": {"page": page, "pages": pages}, "collection": list(shown)}

    def _number(self, name: str, usual: str) -> int:
        text = self.data.query.get(name, usual)
        if not (text.isascii() and text.isdecimal() and int(text) >= 1):
            raise ApiError(400, ours(f"{name}: a number, 1 or more"))
        return int(text)

    def known(self, name: str) -> str:
        """The id of the tag, funnel or channel in the path. Raises ApiError for an unknown one."""
        known_id = str(self.data.path[name])
        if known_id.startswith(UNKNOWN):
            raise ApiError(404, ours(f"{name} not found"))
        return known_id


@dataclass(frozen=True, slots=True)
class Method:
    """One documented method."""

    http_method: str
    #: The path below /v1, in Starlette's notation.
    path: str
    operation: str
    #: Makes the body of a success. Raises ApiError.
    handle: Callable[[CheckedRequest], JsonObject]
    #: The check of the body; None: the method has no body.
    shape: Check | None = None
    #: Makes the item of a request; None: the method changes nothing.
    item: Callable[[RequestData], Item] | None = None


class ServedMethod:
    """A method as an endpoint of the sandbox."""

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
    """One request to a method, before its checks."""

    def __init__(self, desk: Desk, project: Project, method: Method, incoming: Incoming) -> None:
        self._desk = desk
        self._project = project
        self._method = method
        self._body = json_object(incoming)
        self._data = RequestData(self._body or {}, incoming.path_params, incoming.query)
        scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
        self.client_id = token.strip() if scheme.lower() == "bearer" else ""
        self.items: Sequence[Item] = [method.item(self._data)] if method.item else []

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        try:
            self._check(now, rejected)
            body = self._method.handle(CheckedRequest(self._project, self._data, now))
        except ApiError as error:
            return Answer(self._limited(error.reply()), [error.outcome] * len(rows))
        reply = self._limited(Reply(json.dumps(body).encode()))
        return Answer(reply, [Outcome.APPLIED] * len(rows))

    def refusal(self, detail: str, index: int | None = None) -> Reply:
        return ApiError(400, ours(detail)).reply()

    def _check(self, now: float, rejected: frozenset[int]) -> None:
        """Raise ApiError for the token, the project's allowance, a fault, or the body."""
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
        """The reply with the header that "shows the allowance"."""
        limit = f"{self._desk.settings.smartsender_limit:g}"
        return Reply(reply.body, reply.status, headers=(("X-Rate-Limit", limit),))
