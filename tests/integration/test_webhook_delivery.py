"""Results go to an address of the application's own, by a lane like any other."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from batchline.producers import (
    EnqueueError,
    LaneFull,
    MadeForAnother,
    NotReplicated,
    OutcomeUnknown,
    Producer,
    RedisUnavailable,
)
from batchline.worker.intake import results as forwarding
from tests import forked
from tests.builders import contact
from tests.waiting import PATIENCE

SECRET = "a secret of ours"
HOOK = """
[accounts.crm]
system = "webhook"
url = "{url}/hook/"
secret = "{secret}"
timeout = {{connect = 1, read = 6}}
lease = 8
backoff = {{first = 0.1, factor = 2, max = 0.5}}
operations."result.post" = {{linger = 0.1}}
"""


class Receiver:
    """The application's address: checks signatures, and answers as planned, then 204."""

    def __init__(self):
        self.taken = []
        self.refuses = set()
        self.plan = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.answer(self.path, self.headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
        if headers["webhook-signature"] != f"v1,{digest}" or path != "/hook/":
            return 401
        if self.plan:
            return self.plan.pop(0)
        told = json.loads(body)
        results = told if isinstance(told, list) else [told]
        if any(one["contact"] in self.refuses for one in results):
            return 422
        self.taken += results
        return 204

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver(stack):
    receiver = Receiver()
    section = '[accounts.default.operations."contact.upsert"]\n'
    stack.configure((section, f"{section}results = true\n"))
    with stack.config.open("a") as config:
        config.write(HOOK.format(url=receiver.url, secret=SECRET))
    yield receiver
    receiver.close()


def upserted(stack, *emails):
    """The ids of upserts whose results are written."""
    stack.worker()
    with stack.producer() as producer:
        ids = producer.send_many([contact(email) for email in emails])
    stack.until(lambda _: stack.client.xlen(stack.keys.results) == len(ids))
    return ids


def test_each_result_is_posted_once_although_the_address_was_away(stack, receiver):
    receiver.plan = [503, 503]
    ids = upserted(stack, "ann@shop.example", "bob@invalid.example")
    assert b"2 enqueued for crm" in stack.run("results", "--to", "crm").stderr
    assert b"0 enqueued for crm" in stack.run("results", "--to", "crm").stderr
    # As if the process had been killed before it acknowledged.
    stack.client.xgroup_destroy(stack.keys.results, "webhook-crm")
    assert b"2 enqueued for crm" in stack.run("results", "--to", "crm").stderr
    stack.until_at_rest()
    told = {one["message_id"]: (one["outcome"], one["reason"]) for one in receiver.taken}
    assert told == {ids[0]: ("delivered", ""), ids[1]: ("dead", "invalid")}
    assert len(receiver.taken) == 2


def test_a_result_that_the_address_refuses_is_a_dead_letter_and_the_others_pass(stack, receiver):
    receiver.refuses = {"eva@shop.example"}
    upserted(stack, *(f"{name}@shop.example" for name in ("ann", "eva", "kim")))
    stack.run("results", "--to", "crm")
    stack.until_at_rest()
    assert {one["contact"] for one in receiver.taken} == {"ann@shop.example", "kim@shop.example"}
    letter = stack.run_json("dead", "list", "--account", "crm", "--json")
    assert (letter["reason"], letter["detail"]) == ("rejected", "HTTP 422")
    assert stack.client.xlen(stack.keys.results) == 3, "what became of a result is not told"


def test_a_key_with_a_control_character_is_told_escaped_and_stops_nothing(stack, receiver):
    stack.worker()
    with stack.producer() as producer:
        for key in ("first", "second\x1b[2J", "third"):
            producer.send(contact(f"{key[:3]}@shop.example"), idempotency_key=key)
    stack.until(lambda _: stack.client.xlen(stack.keys.results) == 3)
    assert b"3 enqueued for crm" in stack.run("results", "--to", "crm").stderr
    stack.until_at_rest()
    keys = {one["idempotency_key"] for one in receiver.taken}
    assert keys == {"first", r"second\u001b[2J", "third"}


def test_results_go_to_a_webhook_only(stack, receiver):
    assert b'system = "webhook"' in stack.run("results", "--to", "default").stderr
    assert b"not in the settings" in stack.run("results", "--to", "nobody").stderr
    both = stack.run("results", "--to", "crm", "--group", "g")
    assert (both.returncode, b"not both" in both.stderr) == (2, True)


@pytest.mark.parametrize("form", ["array", "single"])
def test_every_field_of_a_result_is_there_also_a_key_that_was_not_given(stack, receiver, form):
    if form == "single":
        text = stack.config.read_text()
        stack.config.write_text(
            text.replace('system = "webhook"', 'system = "webhook"\nform = "single"')
        )
    upserted(stack, "ann@shop.example")
    printed = stack.run_json("results", "--json")
    stack.run("results", "--to", "crm")
    stack.until_at_rest()
    assert receiver.taken == [printed]
    assert (printed["idempotency_key"], len(printed)) == (None, 10)


#: A `results` command that goes on.
FOLLOWING = ("results", "--to", "crm", "--follow")


class Forwarder:
    """A process that forwards results, and what it wrote."""

    def __init__(self, stack, name):
        self.errors = stack.folder / f"{name}.err"
        names = (os.devnull, os.devnull, str(self.errors))
        self.errors.touch()
        self.process = forked.Process(FOLLOWING, stack.folder, os.environ.copy(), names)

    def ended(self):
        """Its exit status, and what it wrote."""
        return self.process.wait(PATIENCE), self.errors.read_text()


@pytest.fixture
def forwarder(stack):
    """Starts forwarders; the test's end kills them."""
    started = []

    def start(name):
        started.append(Forwarder(stack, name))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()


def results_written(stack, count):
    """Write so many results, as settling does, in less time than deliveries take."""
    pipeline = stack.client.pipeline(transaction=False)
    for number in range(1, count + 1):
        fields = {
            "number": number,
            "message": f"default:contact.upsert:0@{number}-0",
            "operation": "contact.upsert",
            "outcome": "delivered",
            "contact": f"c{number}",
        }
        pipeline.xadd(stack.keys.results, {**fields, "reason": "", "detail": "", "key": ""})
    pipeline.hset(stack.keys.results_numbers, "written", count)
    pipeline.execute()


def test_a_forwarder_that_is_killed_in_mid_work_loses_no_result_and_posts_none_twice(
    stack, receiver, forwarder
):
    results_written(stack, 2000)
    lane = stack.keys.stream("crm:result.post:0")
    first = forwarder("first")
    stack.until(lambda _: stack.client.xlen(lane) > 100)
    first.process.kill()
    first.ended()
    before = stack.client.xlen(lane)
    assert before < 2000, "it was killed in mid-work"
    forwarder("second")
    stack.until(lambda _: stack.client.xlen(lane) >= 2000)
    stack.until(lambda _: not stack.client.xpending(stack.keys.results, "webhook-crm")["pending"])
    stack.worker()
    stack.until_at_rest()
    assert sorted(one["number"] for one in receiver.taken) == list(range(1, 2001))


def test_sigterm_lets_a_forwarder_end_with_the_result_in_hand_done(stack, receiver, forwarder):
    results_written(stack, 3000)
    lane = stack.keys.stream("crm:result.post:0")
    first = forwarder("first")
    stack.until(lambda _: stack.client.xlen(lane) > 100)
    first.process.terminate()
    code, told = first.ended()
    count = stack.client.xlen(lane)
    assert (code, count < 3000) == (0, True)
    assert f"{count:,} enqueued for crm" in told
    (group,) = stack.client.xinfo_groups(stack.keys.results)
    read = int(stack.client.hget(stack.keys.results_numbers, "read:webhook-crm"))
    assert group["pending"] == read - count, "what is enqueued is acknowledged, and nothing else"
    (consumer,) = stack.client.xinfo_consumers(stack.keys.results, "webhook-crm")
    assert consumer["name"] == b"returned", "another takes the others at once"
    assert f"{3000 - count:,} enqueued" in stack.run("results", "--to", "crm").stderr.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_forwarder_that_waits_for_room_and_acknowledges_nothing(
    stack, receiver, forwarder, number
):
    results_written(stack, 3)
    text = stack.config.read_text().replace("{linger = 0.1}", "{linger = 0.1, backlog_limit = 1}")
    stack.config.write_text(text)
    one = forwarder("one")
    stack.until(lambda _: "wait, none is lost" in one.errors.read_text())
    one.process.send_signal(number)
    code, told = one.ended()
    assert code == 0
    assert told.count("wait, none is lost: lane crm:result.post:0 holds 1 message") == 1
    (group,) = stack.client.xinfo_groups(stack.keys.results)
    assert group["pending"] == 2


def test_a_forwarder_tries_again_whatever_error_it_meets(stack, receiver, monkeypatch):
    results_written(stack, 1)
    errors = [
        NotReplicated(["an id"], 0, 1, 1.0),
        MadeForAnother("crm:result.post:0", "esputnik", 3),
        LaneFull("crm:result.post:0", 1, 1),
        OutcomeUnknown("no answer"),
        RedisUnavailable("away"),
        EnqueueError("one of tomorrow"),
    ]
    expected, met, real = list(errors), [], Producer.send_all

    def send_all(self, outgoing):
        if errors:
            raise errors.pop(0)
        return real(self, outgoing)

    monkeypatch.setattr(Producer, "send_all", send_all)
    monkeypatch.setattr(forwarding.time, "sleep", lambda seconds: None)
    forwarded = list(forwarding.forward(stack.settings, "crm", on_wait=met.append))
    assert [result.number for result in forwarded] == [1]
    assert met == expected
    (group,) = stack.client.xinfo_groups(stack.keys.results)
    assert group["pending"] == 0


def test_while_the_lane_is_full_or_redis_away_results_wait(stack, receiver, monkeypatch):
    with stack.config.open("a") as config:
        config.write('[accounts.slow]\nsystem = "webhook"\nurl = "http://127.0.0.1:9"\n')
        config.write('operations."result.post" = {backlog_limit = 1}\n')
    upserted(stack, "ann@shop.example", "kim@shop.example")
    lane, waits, real = stack.keys.stream("slow:result.post:0"), [], forwarding.loop

    def empty_the_lane(_):
        waits.append(stack.client.xlen(lane))
        stack.client.delete(lane)

    def away_at_first(*arguments, **options):
        monkeypatch.setattr(forwarding, "loop", real)
        raise RedisUnavailable("away")

    monkeypatch.setattr(forwarding.time, "sleep", empty_the_lane)
    monkeypatch.setattr(forwarding, "loop", away_at_first)
    forwarded = forwarding.forward(stack.settings, "slow", follow=True)
    assert {next(forwarded).contact for _ in range(2)} == {"ann@shop.example", "kim@shop.example"}
    assert waits == [0, 1], "Redis was away, and then the lane was full"
    monkeypatch.setattr(forwarding, "loop", away_at_first)
    with pytest.raises(RedisUnavailable):
        list(forwarding.forward(stack.settings, "slow"))
