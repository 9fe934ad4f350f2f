"""HTTP on a connection: whole answers, half answers, no answers."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from batchline.sandbox.contract import Reply

_TRANSPORT = "sandbox.transport"
# struct linger {on, 0 seconds}: to close discards unsent bytes and sends RST instead of FIN.
_LINGER_NONE = struct.pack("ii", 1, 0)


def with_transport(app: ASGIApp) -> ASGIApp:
    """The app, with the connection's transport in each request's scope.

    ASGI hides the connection, but a reset and a half answer need it. uvicorn's `send` is a method
    of its `RequestResponseCycle` (httptools and h11 alike), which holds the transport. Only this
    function relies on that. Its app must be the outermost one, for every middleware wraps `send`.
    """

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[_TRANSPORT] = cast("Any", send).__self__.transport
        await app(scope, receive, send)

    return outermost


async def read_body(receive: Receive) -> bytes | None:
    """The request's body; None if the client closed the connection before its end."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a whole answer."""
    await _send_head(send, reply)
    await send({"type": "http.response.body", "body": reply.body})


async def send_half(scope: Scope, receive: Receive, send: Send, reply: Reply) -> None:
    """Send the headers of the whole answer and half its body, then close the connection."""
    await _send_head(send, reply)
    half = reply.body[: len(reply.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(scope).close()
    await _gone(receive)


async def reset(scope: Scope, receive: Receive) -> None:
    """Drop the connection with a TCP RST and without an answer."""
    transport = _transport(scope)
    # The socket is gone if the client has closed the connection meanwhile.
    if not transport.is_closing():
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        transport.abort()
    await _gone(receive)


async def hang(scope: Scope, receive: Receive, seconds: float | None) -> None:
    """Send nothing until the client closes the connection, or until `seconds`, and close it."""
    try:
        await asyncio.wait_for(_gone(receive), seconds)
    except TimeoutError:
        _transport(scope).close()
        await _gone(receive)


async def _send_head(send: Send, reply: Reply) -> None:
    headers = [("content-type", reply.content_type)] if reply.content_type else []
    headers.append(("content-length", str(len(reply.body))))
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (name.encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in [*headers, *reply.headers]
            ],
        }
    )


async def _gone(receive: Receive) -> None:
    # uvicorn would log an app that returns before the end as broken.
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    return cast("asyncio.Transport", scope[_TRANSPORT])
