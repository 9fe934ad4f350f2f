"""A connection that was idle for longer than the other side may keep it is not used again."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from batchline.systems.account import Timeout
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.http import Http
from batchline.worker.delivery.keep_alive import allowed
from batchline.worker.store import clock
from tests.waiting import PATIENCE

IDLE = 20.0


class Peer:
    """A server that keeps its connections open and counts them."""

    def __init__(self) -> None:
        peer = self
        self.keep_alive: str | None = None
        self.opened = 0
        self.closed = threading.Semaphore(0)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                peer.opened += 1
                super().setup()

            def finish(self):
                super().finish()
                peer.closed.release()

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                if peer.keep_alive is not None:
                    self.send_header("Keep-Alive", peer.keep_alive)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def peer():
    peer = Peer()
    yield peer
    peer.server.shutdown()
    peer.server.server_close()


@pytest.fixture
def http():
    http = Http(Timeout(connect=5, read=5, idle=IDLE), connections=4)
    yield http
    http.close()


@pytest.fixture
def sleep(monkeypatch):
    """Let the machine's clock go on by so many seconds."""

    def later(seconds):
        at = clock.seconds() + seconds
        monkeypatch.setattr(clock, "seconds", lambda: at)

    return later


def call(http, peer):
    return http.send(HttpCall(peer.url, {}, b"{}"))


@pytest.mark.parametrize(
    ("keep_alive", "idle", "opened"),
    [
        (None, IDLE - 0.1, 1),
        (None, IDLE, 2),
        ("timeout=5, max=100", 3.9, 1),
        ("timeout=5, max=100", 4.0, 2),
        ("timeout=1", 0.1, 2),
        ("timeout=600", IDLE, 2),
    ],
)
def test_a_connection_is_used_again_only_as_long_as_both_sides_keep_it(
    http, peer, sleep, keep_alive, idle, opened
):
    peer.keep_alive = keep_alive
    call(http, peer)
    sleep(idle)
    call(http, peer)
    assert peer.opened == opened


def test_idle_connections_are_closed_and_the_others_are_kept(http, peer, sleep):
    meeting = threading.Barrier(2)

    def at_once():
        meeting.wait()
        call(http, peer)

    threads = [threading.Thread(target=at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened = peer.opened
    sleep(IDLE / 2)
    call(http, peer)  # one of them is used, and so idle for a shorter time
    sleep(IDLE / 2)
    http.close_idle()
    for _ in range(opened - 1):
        assert peer.closed.acquire(timeout=PATIENCE)
    call(http, peer)
    assert peer.opened == opened


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 3.0),
        ("", 3.0),
        ("max=100", 3.0),
        ("timeout=abc", 3.0),
        ("max=5;TIMEOUT = 2", 1.0),
        ('timeout="3"', 2.0),
        ("timeout=0", 0.0),
        ("notimeout=1", 3.0),
        ("timeout=99999999999999999999", 3.0),
    ],
)
def test_what_a_peer_says_about_keeping_a_connection_only_shortens_the_time(header, seconds):
    assert allowed(3.0, header) == seconds
