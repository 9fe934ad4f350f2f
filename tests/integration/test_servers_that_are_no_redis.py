"""A server that speaks Redis' protocol, and is none: every error is in the error tree."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

import pytest

from batchline.producers import AsyncProducer, BatchlineError, Producer, results, results_async
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.fake_api import SMALL_LANES, configure

MESSAGE = CouponRedemption(email="ann@shop.example", coupon="C1")
#: What the server answers to each command.
ANSWERS = [
    *(b"+OK", b":1", b"$-1", b"*0", b"*2\r\n:1\r\n:2", b"%1\r\n+a\r\n+b", b"$2\r\n\xff\xff"),
    *(
        b"-ERR no",
        b"-NOSCRIPT no",
        b"-LOADING no",
        b"-NOAUTH no",
        b"-MOVED 1 127.0.0.1:1",
        b"-\xff",
    ),
    *(b"$4\r\nfull", b"$3\r\nids", b"$7\r\nrun x 1", b"$15\r\nids 1-0 2-0 3-0", b"$4\r\nmade"),
    *(b"garbage", b"HTTP/1.1 400 Bad Request", b"*-5", b"$99999999999999999999"),
]
CALLS = {
    "send": lambda producer: producer.send(MESSAGE),
    "send_many": lambda producer: producer.send_many([MESSAGE, MESSAGE]),
    "send_all, a key": lambda producer: producer.send(MESSAGE, idempotency_key="k"),
    "api_id": lambda producer: producer.api_id("default:coupon.redeem:0@1-0"),
}


class Server:
    """Answers every command alike."""

    def __init__(self, answer):
        self._answer = answer + b"\r\n"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while data := connection.recv(1 << 20):
                    connection.sendall(self._answer * max(1, data.count(b"*")))
            except OSError:
                return

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(params=ANSWERS, ids=repr)
def loaded(request, tmp_path, monkeypatch):
    server = Server(request.param)
    address = f"redis://127.0.0.1:{server.port}/0"
    top = f'redis_url = "{address}"\nenqueue_timeout = 0.05\nenqueue_pause = {{first = 0}}\n'
    yield configure(tmp_path, monkeypatch, f"{top}{SMALL_LANES}results = true\n")
    server.close()


@pytest.mark.parametrize("query", ["", "?protocol=2"])
def test_every_call_to_it_raises_an_error_of_the_tree_or_says_nothing(loaded, query):
    settings = loaded.model_copy(update={"redis_url": f"{loaded.redis_url}{query}"})
    for name, call in CALLS.items():
        for kind in (sync, not_sync):
            with suppress(BatchlineError):
                assert kind(settings, call) is None or name == "api_id"
    with pytest.raises(BatchlineError):
        list(results("crm", timeout=0, settings=settings))
    with pytest.raises(BatchlineError):
        asyncio.run(read(settings))


def sync(settings, call):
    with Producer(settings) as producer:
        return call(producer)


def not_sync(settings, call):
    async def made():
        async with AsyncProducer(settings) as producer:
            return await call(producer)

    return asyncio.run(made())


async def read(settings):
    return [one async for one in results_async("crm", timeout=0, settings=settings)]
