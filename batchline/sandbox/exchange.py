"""One exchange of the sandbox: the request is logged, hit by faults, and answered."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from batchline.sandbox import wire
from batchline.sandbox.contract import Answer, Api, Call, Endpoint, Incoming, Outcome, Reply
from batchline.sandbox.desk import Desk
from batchline.sandbox.faults import DEFAULT_HUGE, Fault, Hits

_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>sandbox</p></body></html>"


class Exchange:
    """An endpoint as an ASGI app."""

    def __init__(self, desk: Desk, api: Api, endpoint: Endpoint) -> None:
        self._desk = desk
        self._api = api
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await wire.read_body(receive)
        if body is None:
            return
        now = time.time()
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        call = self._endpoint.open(
            Incoming(scope["path"], headers, body, scope["path_params"], query)
        )
        ledger, log = self._desk.ledger, self._desk.log
        entry = log.open(
            now, scope["path"], self._endpoint.operation, call.client_id, len(call.items), len(body)
        )
        rows = ledger.receive(entry.operation, entry.number, now, call.items)
        hits = self._hits(scope["path"], call, body)
        entry.faults = hits.kinds
        if hits.before:
            await asyncio.sleep(hits.before)
            if ledger is not self._desk.ledger:
                # The sandbox was reset meanwhile: this request must not touch the new memory.
                return await wire.reset(scope, receive)
            self._api.advance(time.time())
        answer = _answer(call, hits, rows)
        ledger.settle(rows, answer.outcomes)
        if hits.after:
            await asyncio.sleep(hits.after)
        entry.status = await _send(hits.ending, answer.reply, scope, receive, send)
        entry.ended = time.time()

    def _hits(self, path: str, call: Call, body: bytes) -> Hits:
        faults, script = self._desk.faults, self._desk.scripts.take(call.items)
        operation = self._endpoint.operation
        return faults.decide(path, call.client_id, operation, call.items, script, body)


def _answer(call: Call, hits: Hits, rows: range) -> Answer:
    """The API's answer; the request takes effect unless a fault prevents it."""
    ending = hits.ending
    if ending is None:
        return call.answer(time.time(), rows, hits.rejected)
    refusal = call.refusal(ending.words, hits.index)
    is_refusal = ending.kind in ("reject", "words")
    if ending.after_apply:
        answer = call.answer(time.time(), rows, hits.rejected)
        return Answer(refusal, answer.outcomes) if is_refusal else answer
    outcome = Outcome.REFUSED if is_refusal else Outcome.FAULTED
    return Answer(refusal, [outcome] * len(rows))


async def _send(
    fault: Fault | None, reply: Reply, scope: Scope, receive: Receive, send: Send
) -> int:
    """Answer as the fault says, else with `reply`; returns the status sent, 0 for none."""
    if fault is not None and fault.kind == "hang":
        await wire.hang(scope, receive, fault.seconds)
        return 0
    if fault is not None and fault.kind == "reset":
        await wire.reset(scope, receive)
        return 0
    if fault is not None and fault.kind == "half":
        await wire.send_half(scope, receive, send, reply)
        return reply.status
    sent = reply if fault is None else _distorted(fault, reply)
    await wire.send_reply(send, sent)
    return sent.status


def _distorted(fault: Fault, reply: Reply) -> Reply:
    retry = (("retry-after", fault.retry_after),) if fault.retry_after is not None else ()
    if fault.kind == "status":
        status = fault.status or 503
        if status in (204, 304):
            return Reply(b"", status, headers=retry)
        body = _PAGE.format(status) if fault.body is None else fault.body
        kind = "text/html" if fault.body is None else reply.content_type
        return Reply(body.encode(errors="replace"), status, kind, retry)
    status = fault.status or reply.status
    if fault.kind == "html":
        body = _PAGE.format("Please wait") if fault.body is None else fault.body
        return Reply(body.encode(errors="replace"), status, "text/html", retry)
    if fault.kind == "truncated":
        return Reply(reply.body[: len(reply.body) // 2], status, reply.content_type, retry)
    if fault.kind == "huge":
        filling = (DEFAULT_HUGE if fault.bytes is None else fault.bytes) - 14
        padding = b'{"padding":"' + b"x" * filling + b'"}'
        return Reply(padding, status, reply.content_type, retry)
    return reply
