"""The instant HTTP destination: it counts the items it receives and plays the API it is told to.

`python -m tests.bench.sink PORT` serves it. `PUT /role` tells it what an item is, what to answer
and how long to take (`Role`), and sets its counts to zero; `GET /ledger` reads the counts,
`GET /arrivals` the moment of each request. Every other request is one of the API. An
`asyncio.BufferedProtocol` over one reused buffer: a body is neither copied nor parsed, only
searched for the role's marker.
"""

import asyncio
import json
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import httptools

from tests.bench.processes import free_port, running, wait_for_port

_BUFFER = 1 << 20
#: Bytes of a marker at most: so many of the last read stay in front of the next.
LONGEST_MARKER = 64


@dataclass(frozen=True)
class Role:
    """What the sink plays for one measurement."""

    #: Stands once in every item and nowhere else in a request.
    marker: str
    #: The answer's body: `%(items)d` is the request's number of items, `%(request)d` its own.
    answer: str
    #: Seconds between a request and its answer.
    delay: float = 0.0


@dataclass(frozen=True)
class Ledger:
    """What the sink has received since it was given its role."""

    items: int
    #: Those with items; a question about a job, say, is none.
    requests: int


class _State:
    """What all connections of the sink share."""

    def __init__(self) -> None:
        self.play(Role("", "{}"))

    def play(self, role: Role) -> None:
        self.marker = role.marker.encode()
        self.template = role.answer.encode()
        self.delay = role.delay
        self.items = 0
        #: `perf_counter_ns` at which each request had arrived, and how many items it had.
        self.moments = array("q")
        self.counts = array("q")

    def answer(self, items: int) -> bytes:
        """The answer to a request that has arrived whole."""
        if items:
            self.moments.append(time.perf_counter_ns())
            self.counts.append(items)
            self.items += items
        return self.template % {b"items": items, b"request": len(self.counts)}

    def ledger(self) -> dict[str, int]:
        return {"items": self.items, "requests": len(self.counts)}

    def arrivals(self) -> dict[str, list[int]]:
        return {"moments": self.moments.tolist(), "counts": self.counts.tolist()}


class _Connection(asyncio.BufferedProtocol):
    def __init__(self, state: _State) -> None:
        self._state = state
        self._parser: Any = httptools.HttpRequestParser(self)
        # The end of the last read stays in front of the next, so a marker cut in two is counted.
        self._buffer = bytearray(LONGEST_MARKER + _BUFFER)
        self._view = memoryview(self._buffer)
        self._items = 0
        self._url = b""
        self._body = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[LONGEST_MARKER:]

    def buffer_updated(self, nbytes: int) -> None:
        end = LONGEST_MARKER + nbytes
        marker = self._state.marker
        if marker:
            self._items += self._buffer.count(marker, LONGEST_MARKER - len(marker) + 1, end)
        self._parser.feed_data(self._view[LONGEST_MARKER:end])
        self._buffer[:LONGEST_MARKER] = self._buffer[nbytes:end]

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_body(self, body: bytes) -> None:
        if self._url == b"/role":
            self._body += body

    def on_message_complete(self) -> None:
        items, self._items = self._items, 0
        state = self._state
        if self._url in _CONTROL:
            self._write(json.dumps(_CONTROL[self._url](state, self._body)).encode())
            self._body = b""
            return
        body = state.answer(items)
        if state.delay:
            asyncio.get_running_loop().call_later(state.delay, self._write, body)
        else:
            self._write(body)

    def _write(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


def _play(state: _State, body: bytes) -> None:
    state.play(Role(**json.loads(body)))


_CONTROL: dict[bytes, Any] = {
    b"/role": _play,
    b"/ledger": lambda state, body: state.ledger(),
    b"/arrivals": lambda state, body: state.arrivals(),
}


class Sink:
    """The bench's side of a running sink."""

    def __init__(self, url: str) -> None:
        self.url = url

    def play(self, role: Role) -> None:
        """The sink takes a role and forgets what it has counted."""
        if len(role.marker) > LONGEST_MARKER:
            raise ValueError(f"a marker has at most {LONGEST_MARKER} bytes: {role.marker}")
        self._ask("PUT", "/role", json.dumps(asdict(role)).encode())

    def ledger(self) -> Ledger:
        """The counts so far."""
        return Ledger(**self._ask("GET", "/ledger"))

    def arrivals(self) -> tuple[list[int], list[int]]:
        """The nanoseconds at which each request had arrived whole, and its number of items."""
        found = self._ask("GET", "/arrivals")
        return found["moments"], found["counts"]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        request = Request(f"{self.url}{path}", data=body, method=method)
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    """A sink in a process of its own, on a free loopback port."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.bench.sink", str(port)]
    with running("sink", argv, folder / "sink.log") as child:
        wait_for_port(port, child)
        yield Sink(f"http://127.0.0.1:{port}")


async def _serve(port: int) -> None:
    state = _State()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(state), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
