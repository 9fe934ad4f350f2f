"""The control endpoint, `/_sandbox/...`: faults, scripts, settings, ledger, log.

    POST   /faults          {"kind": "status", "match": {"path": "/api/contact/*"}, "status": 503,
                             "times": 3}: fields in `faults.Fault`; answers {"number": 1}
    GET    /faults          the faults in force, and how many requests each kind has hit
    DELETE /faults[/NUMBER] one fault, or all
    POST   /scripts         {"id": "order-1", "answers": [500, 500, 200]}; see `scripts.py`
    POST   /settings        {"create_delay": 0}: fields in `settings.Settings`
    POST   /reset           everything as it was at the start
    GET    /ledger          JSON lines, one per item received
    GET    /ledger/summary  counts per operation
    GET    /requests        JSON lines, one per request
    GET    /health

The answer to a wrong request has status 400 and {"error": "field: what is wrong"}. Each API has
control routes of its own for its memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from batchline.sandbox.contract import Api
from batchline.sandbox.desk import Desk
from batchline.sandbox.faults import Fault
from batchline.sandbox.settings import SettingsError

#: Lines of ledger or log that are written at once; other requests are served in between.
LINES_AT_ONCE = 2000

Handler = Callable[[Request], Awaitable[Response]]


class ControlError(ValueError):
    """A control request is wrong: the answer has status 400 and this message."""


async def control_error(request: Request, error: Exception) -> Response:
    """The answer to a wrong control request."""
    return JSONResponse({"error": str(error)}, 400)


async def json_body(request: Request) -> dict[str, Any]:
    """The body of a control request, a JSON object. Raises ControlError."""
    try:
        body = await request.json()
    except ValueError:
        raise ControlError("the body must be JSON") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def whole_number(request: Request, name: str) -> int:
    """A number of the query, 0 if it is absent. Raises ControlError."""
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit()):
        raise ControlError(f"{name}: must be a whole number")
    return int(text)


def json_lines(rows: Iterable[dict[str, Any]]) -> Response:
    """The rows as JSON lines, written at once."""
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    return Response(text, media_type="application/x-ndjson")


class ControlRoutes:
    """The routes that all APIs share."""

    def __init__(self, desk: Desk, apis: Sequence[Api]) -> None:
        self._desk = desk
        self._apis = apis

    def routes(self) -> list[Route]:
        handlers: list[tuple[str, str, Handler]] = [
            ("GET", "/health", self._health),
            ("POST", "/faults", self._add_fault),
            ("GET", "/faults", self._show_faults),
            ("DELETE", "/faults", self._clear_faults),
            ("DELETE", "/faults/{number:int}", self._remove_fault),
            ("POST", "/scripts", self._add_script),
            ("POST", "/settings", self._change_settings),
            ("POST", "/reset", self._reset),
            ("GET", "/ledger", self._ledger),
            ("GET", "/ledger/summary", self._summary),
            ("GET", "/requests", self._requests),
        ]
        return [
            Route(f"/_sandbox{path}", handler, methods=[method])
            for method, path, handler in handlers
        ]

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "requests": len(self._desk.log)})

    async def _add_fault(self, request: Request) -> Response:
        fault = Fault.from_json(await json_body(request))
        return JSONResponse({"number": self._desk.faults.add(fault)})

    async def _show_faults(self, request: Request) -> Response:
        faults = self._desk.faults
        active = [
            {"number": a.number, "kind": a.fault.kind, "hits": a.hits, "times": a.fault.times}
            for a in faults.active
        ]
        return JSONResponse({"active": active, "injected": dict(faults.injected)})

    async def _clear_faults(self, request: Request) -> Response:
        self._desk.faults.remove()
        return JSONResponse({})

    async def _remove_fault(self, request: Request) -> Response:
        self._desk.faults.remove(request.path_params["number"])
        return JSONResponse({})

    async def _add_script(self, request: Request) -> Response:
        body = await json_body(request)
        item_id = body.get("id")
        if not isinstance(item_id, str) or not item_id or set(body) != {"id", "answers"}:
            raise ControlError("a script has an id (text) and answers, nothing else")
        self._desk.scripts.add(item_id, body["answers"])
        return JSONResponse({})

    async def _change_settings(self, request: Request) -> Response:
        try:
            self._desk.settings = self._desk.settings.changed(await json_body(request))
        except SettingsError as error:
            raise ControlError(str(error)) from None
        return JSONResponse({})

    async def _reset(self, request: Request) -> Response:
        self._desk.reset()
        for api in self._apis:
            api.reset()
        return JSONResponse({})

    async def _ledger(self, request: Request) -> Response:
        """JSON lines; query: `operation` (pattern), `client_id`, `key`, `id`, `first` (a seq)."""
        query, log = request.query_params, self._desk.log
        rows = self._desk.ledger.rows(query.get("operation", "*"), whole_number(request, "first"))
        wanted = {name: query[name] for name in ("key", "id") if name in query}
        client_id = query.get("client_id")
        return _streamed(
            row
            for row in rows
            if all(row[name] == value for name, value in wanted.items())
            and (client_id is None or log.get(row["request"]).client_id == client_id)
        )

    async def _summary(self, request: Request) -> Response:
        return JSONResponse(self._desk.ledger.summary())

    async def _requests(self, request: Request) -> Response:
        """JSON lines; query: `after`, a request's number."""
        return _streamed(self._desk.log.after(whole_number(request, "after")))


def _streamed(rows: Iterator[dict[str, Any]]) -> Response:
    """The rows as JSON lines, `LINES_AT_ONCE` at a time."""

    async def parts() -> AsyncIterator[bytes]:
        while lines := [json.dumps(row) for row in islice(rows, LINES_AT_ONCE)]:
            yield ("\n".join(lines) + "\n").encode()
            await asyncio.sleep(0)

    return StreamingResponse(parts(), media_type="application/x-ndjson")
