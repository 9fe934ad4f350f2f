"""Idle connections: one that the other side may have given up by now is not used again.

A balancer forgets a connection after a while, and answers the next bytes on it with a reset. Then
nobody knows whether the API has seen the request: an operation that cannot be repeated would wait
for a person, and nothing was sent.
"""

from __future__ import annotations

import math
import re
import ssl
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.util.ssltransport import SSLTransport

from batchline.worker.store import clock

#: Seconds before the end of what the peer allows at which a connection is given up: the next
#: request has to arrive there in time.
MARGIN = 1.0
_TIMEOUT = re.compile(r"(?:^|[,;\s])timeout\s*=\s*\"?(\d{1,9})\b", re.ASCII | re.IGNORECASE)


def allowed(idle: float, keep_alive: str | None) -> float:
    """Seconds for which a connection may be idle and is used again.

    They are `idle` at most, and less where the answer's header `Keep-Alive` says so.
    """
    named = _TIMEOUT.search(keep_alive or "")
    return min(idle, max(0.0, int(named[1]) - MARGIN)) if named else idle


def has_read_ahead(connection: Any) -> bool:
    """Whether a layer of TLS holds bytes that nobody has asked for.

    It takes whole records off the network, which then shows nothing of what is left of them.
    """
    if isinstance(connection, SSLTransport):  # TLS inside of a proxy's TLS
        within = connection.incoming.pending > 0 or connection.sslobj.pending() > 0
        return within or has_read_ahead(connection.socket)
    return isinstance(connection, ssl.SSLSocket) and connection.pending() > 0


class Idle:
    """The part of a connection that knows how long it may be idle."""

    #: Seconds, from its last answer.
    may_idle = 0.0
    #: `clock.seconds` from which it is not used again.
    usable_until = math.inf


if TYPE_CHECKING:
    _Pool = urllib3.HTTPConnectionPool
else:
    _Pool = object


class FreshConnections(_Pool):
    """The part of a pool that gives out no connection that was idle for too long."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if connection.usable_until <= clock.seconds():
            connection.close()  # the request opens it again
        connection.usable_until = math.inf
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.usable_until = clock.seconds() + conn.may_idle
            if not conn.is_connected:
                conn.close()  # closed by the peer, or more came than the answer
        super()._put_conn(conn)

    def close_idle(self) -> None:
        """Close the connections that would not be used again."""
        connections = self.pool
        if connections is None:
            return
        now, idle = clock.seconds(), []
        with connections.mutex:
            for position, connection in enumerate(connections.queue):
                if connection is not None and connection.usable_until <= now:
                    idle.append(connection)
                    connections.queue[position] = None
        for connection in idle:
            connection.close()
