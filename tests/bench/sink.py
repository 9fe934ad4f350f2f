"""The instant HTTP destination: answers at once, counts events, notes first and last request.

`python -m tests.bench.sink PORT` serves it. `GET /ledger` reads the counts, `DELETE /ledger` sets
them to zero, every other request is a `batchAddContactExtEvent` and is answered with its success.
An `asyncio.BufferedProtocol` over one reused buffer: a body is neither copied nor parsed, only
searched for `payload.MARKER`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import httptools

from tests.bench.payload import MARKER
from tests.bench.processes import free_port, running, wait_for_port

_BUFFER = 1 << 20
_OVERLAP = len(MARKER) - 1


@dataclass
class Ledger:
    """What the sink has received since it was last reset; times are its clock's nanoseconds."""

    events: int = 0
    requests: int = 0
    first_events: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def add(self, events: int) -> None:
        """Count one request that has arrived whole."""
        self.last_ns = time.perf_counter_ns()
        if not self.requests:
            self.first_ns, self.first_events = self.last_ns, events
        self.requests += 1
        self.events += events

    @property
    def per_second(self) -> float:
        """Events/s from the end of the first request to the end of the last.

        The first request's own events are left out: they came before the span began.
        """
        span = (self.last_ns - self.first_ns) / 1e9
        return (self.events - self.first_events) / span if span else 0.0


class _Connection(asyncio.BufferedProtocol):
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._parser: Any = httptools.HttpRequestParser(self)
        # The end of the last read stays in front of the next, so a marker cut in two is counted.
        self._buffer = bytearray(_OVERLAP + _BUFFER)
        self._view = memoryview(self._buffer)
        self._events = 0
        self._url = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[_OVERLAP:]

    def buffer_updated(self, nbytes: int) -> None:
        end = _OVERLAP + nbytes
        self._events += self._buffer.count(MARKER, 0, end)
        self._parser.feed_data(self._view[_OVERLAP:end])
        self._buffer[:_OVERLAP] = self._buffer[nbytes:end]

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_message_complete(self) -> None:
        events, self._events = self._events, 0
        if self._url == b"/ledger":
            self._answer(self._ledger_answer())
            return
        self._ledger.add(events)
        self._answer(
            b'{"success":true,"message":[],"failedContacts":[],"createdAmount":%d,"failedAmount":0}'
            % events
        )

    def _ledger_answer(self) -> bytes:
        if self._parser.get_method() == b"DELETE":
            vars(self._ledger).update(asdict(Ledger()))
        return json.dumps(asdict(self._ledger)).encode()

    def _answer(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


class Sink:
    """The bench's side of a running sink."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ledger(self, method: str = "GET") -> Ledger:
        """The counts so far."""
        with urlopen(Request(f"{self.url}/ledger", method=method), timeout=10) as answer:
            return Ledger(**json.load(answer))

    def reset(self) -> None:
        """Counts to zero."""
        self.ledger("DELETE")


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    """A sink in a process of its own, on a free loopback port."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.bench.sink", str(port)]
    with running("sink", argv, folder / "sink.log") as child:
        wait_for_port(port, child)
        yield Sink(f"http://127.0.0.1:{port}")


async def _serve(port: int) -> None:
    ledger = Ledger()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(ledger), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
