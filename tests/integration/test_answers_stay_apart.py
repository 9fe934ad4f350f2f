"""The answer that a request gets is its own, whatever the server sends before or behind it."""

from __future__ import annotations

import io
import select
import socket
import threading
from contextlib import ExitStack, suppress

import pytest

from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.connections import MOST_INTERIM, ONLY_INTERIM
from batchline.worker.delivery.http import Http, NoAnswer
from tests.tls import behind_tls, certificate
from tests.waiting import PATIENCE


def answer(text: str, status: str = "200 OK") -> bytes:
    body = text.encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def interim(status: str) -> bytes:
    return b"HTTP/1.1 %s\r\nLink: </a>; rel=preload\r\n\r\n" % status.encode()


#: An answer that ends where a buffer does.
FULL = answer("x" * 8_000)
FULL = answer("x" * (8_000 + io.DEFAULT_BUFFER_SIZE - len(FULL)))


class Peer:
    """A server that answers the requests, over all its connections, with these bytes in turn.

    An answer may be a list: all but its first piece are sent when the peer is told to `go_on`.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.opened = 0
        self.go_on = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.opened += 1
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with suppress(OSError), connection:
            while read_request(connection) and self.answers:
                pieces = self.answers.pop(0)
                first, *later = pieces if isinstance(pieces, list) else [pieces]
                connection.sendall(first)
                if later:
                    self.go_on.wait(PATIENCE)
                    connection.sendall(b"".join(later))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_request(connection) -> bool:
    """Read one request, whose body is `{}`."""
    received = b""
    while not received.endswith(b"\r\n\r\n{}"):
        piece = connection.recv(65536)
        if not piece:
            return False
        received += piece
    return True


def idle_socket(http: Http) -> socket.socket:
    """The socket of the only connection, which is in its pool."""
    pools = http._adapter.poolmanager.pools
    (connection,) = pools.get(pools.keys().pop()).pool.queue
    return connection.sock


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "api")


@pytest.fixture(params=["http", "https"])
def wire(request, signed):
    """Makes of a peer's answers: the peer, and what sends a request to it."""
    with ExitStack() as left:

        def begin(*answers):
            peer = Peer(*answers)
            left.callback(peer.close)
            port = peer.port
            if request.param == "https":
                port, _ = left.enter_context(behind_tls(*signed, peer.port))
            http = Http(Timeout(connect=5, read=5, idle=60), connections=1, ca_file=signed[1])
            left.callback(http.close)
            call = HttpCall(f"{request.param}://localhost:{port}/", {}, b"{}")
            peer.has_sent_more = lambda: bool(select.select([idle_socket(http)], [], [], 30)[0])
            return peer, lambda: http.send(call)

        yield begin


@pytest.mark.parametrize(
    "before",
    [
        interim("102 Processing"),
        interim("103 Early Hints") * 2,
        interim("100 Continue") + interim("110 Whatever"),
        b"HTTP/1.1 199\r\n\r\n",
        interim("102 Processing") * MOST_INTERIM,
    ],
)
def test_interim_answers_are_read_over_and_the_connection_is_used_again(wire, before):
    peer, send = wire(before + answer("first"), answer("second"))
    assert [send().body, send().body] == [b"first", b"second"]
    assert peer.opened == 1


def test_the_final_answer_is_waited_for_behind_an_interim_one(wire):
    peer, send = wire([interim("103 Early Hints"), answer("first")], answer("second"))
    threading.Timer(0.05, peer.go_on.set).start()
    assert [send().body, send().body] == [b"first", b"second"]


def test_a_server_that_sends_interim_answers_alone_gives_no_answer(wire):
    _, send = wire(
        interim("102 Processing") * (MOST_INTERIM + 1) + answer("late"), answer("second")
    )
    with pytest.raises(NoAnswer, match="interim") as raised:
        send()
    assert str(raised.value) == ONLY_INTERIM
    assert raised.value.sent
    assert send().body == b"second"


@pytest.mark.parametrize(
    "first",
    [
        interim("101 Switching Protocols"),
        interim("101 Switching Protocols") + b"\x00\x01",
        answer("first") + answer("nobody's"),
        answer("first") + answer("nobody's" * 10_000),
        FULL + answer("nobody's"),
        answer("first") + b"\r\n",
        answer("", "204 No Content") + b"a body all the same",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + answer("no"),
    ],
)
def test_a_connection_on_which_more_came_than_the_answer_is_not_used_again(wire, first):
    peer, send = wire(first, answer("second"))
    send()
    assert send().body == b"second"
    assert peer.opened == 2


def test_a_connection_on_which_an_answer_came_unasked_is_not_used_again(wire):
    peer, send = wire([answer("first"), answer("timeout", "408 Request Timeout")], answer("second"))
    assert send().body == b"first"
    peer.go_on.set()
    assert peer.has_sent_more()
    assert send().body == b"second"
    assert peer.opened == 2
