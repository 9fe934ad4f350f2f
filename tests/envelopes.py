"""A receiver of Sentry's envelopes, as the address in a DSN: it keeps what arrives."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.waiting import until


class Envelopes:
    """What has arrived: `texts` whole, `items` as (type, payload)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.items: list[tuple[str, Any]] = []
        self.dsn = ""

    def take(self, body: bytes) -> None:
        """Keep an envelope: a line of headers, then a line of headers and a payload per item."""
        self.texts.append(body.decode())
        _, _, rest = body.partition(b"\n")
        while rest.strip():
            line, _, rest = rest.partition(b"\n")
            headers = json.loads(line)
            length = headers.get("length", rest.find(b"\n"))
            payload, rest = rest[:length], rest[length + 1 :]
            self.items.append((headers["type"], json.loads(payload)))

    def of_type(self, kind: str) -> list[Any]:
        """The payloads of this type."""
        return [payload for one, payload in list(self.items) if one == kind]

    def reasons(self) -> set[str]:
        """The reasons of the events that have arrived."""
        return {event["tags"]["reason"] for event in self.of_type("event")}

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        until(condition, self.reasons)


@contextmanager
def receiving() -> Iterator[Envelopes]:
    """A receiver, while the block lasts."""
    envelopes = Envelopes()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            envelopes.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        envelopes.dsn = f"http://key@127.0.0.1:{server.server_port}/7"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield envelopes
        finally:
            server.shutdown()
            thread.join()
