"""An HTTP API that keeps its answers back: until it is let go, or for some seconds."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: SALESmanago's for a single call, and for a batch of one event.
ANSWER = (
    b'{"success": true, "message": [], "createdAmount": 1, "failedAmount": 0, "failedContacts": []}'
)


class HeldApi:
    """A server on loopback; it answers nothing before `let_go`, and everything afterwards."""

    def __init__(self, seconds: float | None = None) -> None:
        """`seconds`: a request is answered after so long, if it is not let go before."""
        self._seconds = seconds
        self._go = threading.Event()
        self._count = threading.Lock()
        #: Requests that wait for their answers.
        self.held = 0
        #: Requests that were answered.
        self.answered = 0
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def let_go(self) -> None:
        """Answer all requests, those that come later too."""
        self._go.set()

    def __enter__(self) -> HeldApi:
        return self

    def __exit__(self, *error: object) -> None:
        self.let_go()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with api._count:
                    api.held += 1
                api._go.wait(api._seconds)
                with api._count:
                    api.held, api.answered = api.held - 1, api.answered + 1
                with suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(ANSWER)))
                    self.end_headers()
                    self.wfile.write(ANSWER)

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *arguments: Any) -> None:
        """A worker that is killed breaks its connections off."""
