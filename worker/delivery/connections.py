"""Connections that carry one exchange each at a time, within its deadline."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import threading
from contextlib import suppress
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from batchline.worker.delivery.keep_alive import FreshConnections, Idle, allowed, has_read_ahead
from batchline.worker.delivery.networks import is_public
from batchline.worker.store import clock

#: Interim answers (HTTP 1xx) that are read over at most before the final one.
MOST_INTERIM = 100
ONLY_INTERIM = "only interim answers (HTTP 1xx) came, and no final one"


class Exchange:
    """One request on its way: its deadline, and whether the API can have seen anything of it."""

    def __init__(self, deadline: float, public_only: bool, idle: float) -> None:
        """`idle`: seconds for which its connection may be idle afterwards."""
        self.public_only = public_only
        #: Whether the connection led where it may not.
        self.private = False
        self.idle = idle
        self.sent = False
        self.broken_off = False
        self._deadline = deadline
        self._socket: socket.socket | None = None

    def remaining(self) -> float:
        """Seconds until the deadline.

        Raises TimeoutError when there are none, ConnectionAbortedError after `break_off`.
        """
        if self.broken_off:
            raise ConnectionAbortedError
        seconds = self._deadline - clock.seconds()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def is_late(self) -> bool:
        return clock.seconds() >= self._deadline

    def carry_by(self, connection: socket.socket) -> None:
        self._socket = connection

    def break_off(self) -> None:
        """End the exchange from another thread: whoever waits for the connection gets its end."""
        self.broken_off = True
        if self._socket is not None:
            with suppress(OSError):
                # The plain socket's method: TLS's own would take the layer from a waiting thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


#: `exchange`: the exchange that this thread carries out, or None.
this_thread = threading.local()


def _is_of_others(record: logging.LogRecord) -> bool:
    """Whether a line of urllib3's log is about no exchange of ours, whose path may be personal."""
    return getattr(this_thread, "exchange", None) is None


for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_is_of_others)


class _Response(http.client.HTTPResponse):
    """The final answer, read within the exchange's deadline, its headers too."""

    #: Whether bytes came that are no part of it.
    left_bytes = False

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self._reader = _Reader(sock, raw, this_thread.exchange)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        # What follows is no HTTP, so the connection is of no more use.
        self.will_close = self.will_close or self.status == http.HTTPStatus.SWITCHING_PROTOCOLS

    def _read_status(self) -> tuple[str, int, str]:
        """The final answer's line; http.client itself takes any but a 100 for final."""
        for _ in range(MOST_INTERIM + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status >= 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(ONLY_INTERIM)

    def _close_conn(self) -> None:
        """Called where the answer ends: look for bytes behind it."""
        self._reader.is_over = True
        self.left_bytes = bool(self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]


class _Reader(io.RawIOBase):
    #: Whether nothing more is read: what the buffer holds is all there is.
    is_over = False

    def __init__(self, connection: socket.socket, raw: io.RawIOBase, exchange: Exchange) -> None:
        self._connection, self._raw, self._exchange = connection, raw, exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_over:
            return 0
        self._connection.settimeout(self._exchange.remaining())
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _HTTPConnection(Idle, HTTPConnection):
    """A connection that keeps to its exchange's deadline.

    A socket's own timeout is for each piece of an answer.
    """

    response_class = _Response
    _connecting = False
    #: The answer that was read last.
    _answer: _Response | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the connection can carry a request: it is open, and nothing waits to be read.

        What came unasked would be taken for the answer to the next request.
        """
        left_bytes = self._answer is not None and self._answer.left_bytes
        return super().is_connected and not left_bytes and not has_read_ahead(self.sock)

    def _new_conn(self) -> socket.socket:
        """Connect, and look where that led: a name may stand for an address of this network."""
        connection = super()._new_conn()
        exchange: Exchange = this_thread.exchange
        # A proxy is in this network; it is the proxy that looks up the name.
        is_checked = exchange.public_only and self.proxy is None
        if is_checked and not is_public(connection.getpeername()[0]):
            exchange.private = True
            connection.close()
            raise ConnectionRefusedError
        return connection

    def connect(self) -> None:
        self._connecting, self._answer = True, None
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        exchange: Exchange = this_thread.exchange
        if self.sock is None:
            self.connect()
        exchange.carry_by(self.sock)
        self.sock.settimeout(exchange.remaining())
        # Bytes that a proxy gets while connecting are not the request's.
        exchange.sent = exchange.sent or not self._connecting
        super().send(data)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self._answer = cast("_Response", response._original_response)
        exchange: Exchange = this_thread.exchange
        self.may_idle = allowed(exchange.idle, response.headers.get("Keep-Alive"))
        return response


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    """`_HTTPConnection` over TLS."""


class _HTTPPool(FreshConnections, urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(FreshConnections, urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


POOLS = {"http": _HTTPPool, "https": _HTTPSPool}
