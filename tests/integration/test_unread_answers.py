"""Answers whose status is read, and whose body cannot be: the status decides where it may."""

from __future__ import annotations

import gzip
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.account import Timeout
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.systems.webhook.messages import ResultPost
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.http import LARGEST_ANSWER, Http
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.fake_api import configure, context_of
from tests.waiting import PATIENCE

#: Headers and body of answers that cannot be read to their end.
UNREADABLE = {
    "a coding that is none": (b"Content-Encoding: deflate\r\nContent-Length: 4\r\n", b"\xffOK\xff"),
    "gzip cut off": (b"Content-Encoding: gzip\r\n", gzip.compress(b"taken" * 1000)[:30]),
    "cut off": (b"Content-Length: 500\r\n", b"tak"),
    "chunks that are none": (b"Transfer-Encoding: chunked\r\n", b"so many\r\nOK\r\n"),
    "too large": (b"", b" " * (LARGEST_ANSWER + 1)),
    "never ending": (b"Content-Length: 500\r\n", None),
}
EACH = pytest.mark.parametrize("kind", UNREADABLE)
TIMES = "timeout = {connect = 0.5, read = 0.5}\nbackoff = {first = 900, factor = 1, max = 900}\n"
ACCOUNTS = {
    "webhook": '[accounts.default]\nsystem = "webhook"\n',
    "salesmanago": '[accounts.default]\nsystem = "salesmanago"\nclient_id = "c"\n'
    'api_key = "k"\napi_secret = "s"\nowner = "o@v.pl"\n',
}


class Api(socketserver.ThreadingTCPServer):
    """Answers each request with that status line, those headers and that body, and hangs up."""

    allow_reuse_address, daemon_threads, block_on_close = True, True, False

    def __init__(self, status, headers, body):
        api = self
        self.asked = 0
        self.over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                api.asked += 1
                head = b"HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n" % (status, headers)
                self.wfile.write(head + (body or b""))
                self.wfile.flush()
                if body is None:
                    api.over.wait(PATIENCE)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """The client went before the end of a body that is too large."""


@pytest.fixture
def delivered(store, redis_url, tmp_path, monkeypatch):
    """Lets a worker deliver messages to an API, once; the API, and the status afterwards."""
    opened = []

    def given(system, line, headers, body, messages):
        api = Api(line, headers, body)
        opened.append(api)
        url = f"http://127.0.0.1:{api.server_address[1]}"
        operation = messages[0].operation
        own = f'[accounts.default.operations."{operation}"]\nlinger = 0\n'
        text = f'redis_url = "{redis_url}"\n{ACCOUNTS[system]}url = "{url}"\n{TIMES}{own}'
        loaded = configure(tmp_path, monkeypatch, text)
        http = Http(Timeout(connect=0.5, read=0.5), connections=1)
        with Producer(loaded) as producer:
            producer.send_many(messages)
        deliver(Lane("default", operation), context_of(store, loaded, http))
        http.close()
        return api, status.read(store)

    yield given
    for api in opened:
        api.over.set()
        api.shutdown()
        api.server_close()


def results(count):
    fields = {"message_id": "default:event.add:0@5-0", "outcome": "delivered", "at": 5}
    more = {"account": "default", "operation": "event.add"}
    return [ResultPost(**fields, **more, number=number) for number in range(count)]


@EACH
@pytest.mark.parametrize("line", [b"200 OK", b"202 Accepted", b"299 Yes"])
def test_a_webhook_that_says_2xx_has_taken_the_results_whatever_follows(delivered, kind, line):
    api, now = delivered("webhook", line, *UNREADABLE[kind], results(3))
    assert (now.totals["delivered"], now.totals["backlog"], api.asked) == (3, 0, 1)


@EACH
def test_a_webhook_that_refuses_a_result_does_so_whatever_follows(delivered, store, kind):
    _, now = delivered("webhook", b"410 Gone", *UNREADABLE[kind], results(1))
    assert (now.totals["dead"], now.totals["backlog"]) == (1, 0)
    (letter,) = dead_letters.find(store)
    assert (letter.reason, letter.detail) == ("rejected", "HTTP 410")


@EACH
def test_a_429_says_for_how_long_whatever_follows_and_that_nothing_was_taken(
    delivered, store, kind
):
    headers, body = UNREADABLE[kind]
    coupons = [CouponRedemption(email="may@shop.example", coupon="U1")]
    line = b"429 Too Many Requests"
    _, now = delivered("salesmanago", line, b"Retry-After: 77\r\n" + headers, body, coupons)
    (lane,) = now.lanes
    assert 60 < lane.due_seconds <= 77
    assert store.client.hget(store.keys.state(lane.lane), "sending") is None


@EACH
def test_a_2xx_alone_is_no_success_of_an_api_that_says_success_in_its_body(delivered, kind):
    coupons = [CouponRedemption(email="may@shop.example", coupon="U2")]
    _, now = delivered("salesmanago", b"200 OK", *UNREADABLE[kind], coupons)
    assert now.totals["delivered"] == 0
