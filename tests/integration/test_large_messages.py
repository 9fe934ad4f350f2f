"""Bytes are bounded: a message, a head, a page of letters, a line; whatever their number."""

from __future__ import annotations

import json

import pytest

from batchline.producers import MessageTooLarge, Producer
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import lane as lanes
from batchline.worker.delivery.lane import deliver
from batchline.worker.delivery.prefetch import Prefetch
from batchline.worker.inspection import status
from batchline.worker.store import head, letter_pages
from batchline.worker.store import lease as leases
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.parking import unpark
from tests.builders import contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
#: Bytes of a large message, and of the heads, requests and pages here.
LARGE, BOUND = 30_000, 100_000
MORE = """
[accounts.default.operations."contact.upsert"]
linger = 0
batch_bytes = 100000
message_bytes = 40000
"""


def large(number, size=LARGE):
    tags = ["t" * 250] * (size // 253)
    return contact(f"c{number}@shop.example", tags=tags, properties={"n": str(number)})


def small(number):
    return contact(f"c{number}@shop.example", properties={"n": str(number)})


class Measured(Upserts):
    """Notes how many bytes each request has."""

    def __init__(self, bad=()):
        super().__init__([], bad)
        self.sizes: list[int] = []

    def send(self, call):
        self.sizes.append(len(call.body))
        return super().send(call)


@pytest.fixture
def settings(redis_url, store, tmp_path, monkeypatch):
    monkeypatch.setattr(head, "HEAD_BYTES", BOUND)
    monkeypatch.setattr(letter_pages, "PAGE_BYTES", BOUND)
    account = ACCOUNT + "jobs = {confirm = false}\n"
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{account}{MORE}')


@pytest.fixture
def producer(settings):
    with Producer(settings) as producer:
        yield producer


def claim(store, count=1000):
    claimed = leases.claim(store, LANE, 60, count, "api:443")
    assert isinstance(claimed, tuple), claimed
    return claimed


def bytes_of(batch):
    return sum(map(len, batch.columns.payloads))


def is_flagged(store):
    return store.client.hexists(store.keys.state(LANE), "large")


def test_a_message_above_its_limit_is_refused_by_the_limit_s_name_and_nothing_is_enqueued(
    store, producer
):
    for send in (producer.send, lambda message: producer.send_many([small(1), message])):
        with pytest.raises(MessageTooLarge) as refused:
            send(large(2, 50_000))
        text = 'message_bytes of [accounts.default.operations."contact.upsert"] is 40,000'
        assert text in str(refused.value)
        assert refused.value.bytes > refused.value.limit == 40_000
    assert store.client.xlen(store.keys.stream(LANE)) == 0


def test_large_messages_are_delivered_in_heads_and_requests_of_bounded_bytes(
    store, settings, producer, monkeypatch
):
    api, heads = Measured(), []
    original = lanes.deliver_batch

    def measuring(context, lease, operation, batch, *more):
        heads.append(bytes_of(batch))
        return original(context, lease, operation, batch, *more)

    monkeypatch.setattr(lanes, "deliver_batch", measuring)
    messages = [large(n) if n % 4 else small(n) for n in range(60)]
    producer.send_many(messages)
    deliver(LANE, context_of(store, settings, api))
    assert status.read(store).totals["delivered"] == 60
    assert list(api.arrived) == [f"c{n}@shop.example" for n in range(60)]
    assert max(heads) <= BOUND + LARGE
    assert max(api.sizes) <= BOUND + 1000
    assert len(heads) >= 10
    assert not is_flagged(store)


def test_a_lane_of_small_messages_is_read_as_a_whole_head_however_many_they_are(store, producer):
    producer.send_many([small(n) for n in range(1500)])
    lease, batch = claim(store)
    assert (len(batch), lease.horizon) != (1000, "")
    assert len(batch) == 1000
    assert not is_flagged(store)


@pytest.mark.parametrize("way", ["sent", "delayed", "replayed"])
def test_a_large_message_is_known_in_its_lane_however_it_came_there(store, settings, producer, way):
    if way == "sent":
        producer.send(large(1))
    elif way == "delayed":
        producer.send(large(1), delay=3600)
        store.client.hdel(store.keys.state(LANE), "large")  # the lane was empty since
        (parked,) = store.client.zrange(store.keys.parked, 0, -1)
        store.client.zadd(store.keys.parked, {parked: 0})
        assert unpark(store) == 1
    else:
        letter = producer.send(large(1))
        deliver(LANE, context_of(store, settings, Measured(bad=[1])))
        assert not is_flagged(store)
        assert dead_letters.replay(store, [letter]).done == 1
    assert is_flagged(store)
    lease, batch = claim(store)
    assert (lease.horizon, len(batch)) == ("", 1)


def test_what_comes_behind_a_head_meanwhile_is_not_read_ahead_if_it_may_be_large(store, producer):
    producer.send_many([small(n) for n in range(30)])
    lease, batch = claim(store, 10)
    producer.send_many([large(n) for n in range(30, 60)])
    prefetch = Prefetch(store, batch, 25, lease.horizon)
    prefetch._begun = False  # as if the batch had been full
    prefetch.begin()
    connection = prefetch._connection
    assert connection is not None
    ahead = connection.read()
    assert len(ahead) == 20
    assert sum(len(fields[1]) for _, fields in ahead) < BOUND


def test_the_status_says_how_old_lanes_are_without_reading_their_messages(store, producer):
    millis = int(producer.send(large(1)).partition("@")[2].partition("-")[0])
    client = store.client
    before = client.info("stats")["total_net_output_bytes"]
    (lane,) = status.read(store).lanes
    assert client.info("stats")["total_net_output_bytes"] - before < LARGE
    assert lane.oldest_seconds is not None
    assert head.oldest(store, [str(LANE), "default:event.add:0"]) == [millis, None]
    assert head.oldest(store, []) == []


def test_parked_messages_come_back_in_calls_of_bounded_bytes(store, producer, redis_url):
    producer.send_many([small(0)])
    for number in range(4):
        producer.send(large(number), delay=3600)
    for parked, text in store.client.hgetall(store.keys.parked_body).items():
        store.client.zadd(store.keys.parked, {parked_member(parked.decode()): 0})
        body = json.loads(text)
        body["payload"] = body["payload"] + " " * 5_000_000
        store.client.hset(store.keys.parked_body, parked, json.dumps(body))
    moved = []
    while waiting := store.client.zcard(store.keys.parked):
        unpark(store)
        moved.append(waiting - store.client.zcard(store.keys.parked))
    assert moved == [2, 2]


def test_large_dead_letters_are_read_replayed_and_purged_in_pages_of_bounded_bytes(
    store, settings, producer, monkeypatch
):
    ids = producer.send_many([large(n) for n in range(10)])
    deliver(LANE, context_of(store, settings, Measured(bad=range(10))))
    assert [letter.id for letter in dead_letters.read(store, ids)] == ids
    pages = list(letter_pages.pages(store, ids))
    assert [one for page in pages for one in page] == ids
    assert max(map(len, pages)) == 3
    assert dead_letters.replay(store, ids[:5]).done == 5
    assert dead_letters.act(store, "purge", ids) == 5
    assert [entry.id(LANE) for entry in head.all_entries(store, LANE)] == ids[:5]


def test_an_export_of_large_letters_can_be_imported_again(stack):
    stack.configure(
        ('"contact.upsert"]\nlinger = 0.1', '"contact.upsert"]\nlinger = 0.1\nbatch_size = 1'),
        ("poll = 0.3", "confirm = false, poll = 0.3"),
    )
    tags = ["ж" * 250] * 6000
    with stack.producer() as producer:
        letter = producer.send(contact("ann@shop.example", tags=tags))
    stack.sandbox.control.script("ann@shop.example", ["reject"])
    stack.worker()
    stack.until(lambda now: now.totals["dead"] == 1)
    (before,) = dead_letters.read(stack.store, [letter])
    assert len(before.payload.encode()) > 3_000_000
    assert stack.run("dead", "export", "letters.jsonl", "--reason", "rejected").returncode == 0
    assert dead_letters.purge(stack.store, [letter], 60) == 1
    done = stack.run("dead", "import", "letters.jsonl")
    assert done.returncode == 0, done.stderr
    (after,) = dead_letters.read(stack.store, [letter])
    assert (after.id, after.payload) == (before.id, before.payload)


def test_a_line_or_message_that_is_too_long_is_one_bad_line_kept_whole_in_the_rejects(
    stack, monkeypatch
):
    stack.configure(
        (
            '"contact.upsert"]\nlinger = 0.1',
            '"contact.upsert"]\nlinger = 0.1\nmessage_bytes = 50000',
        )
    )

    def line(number, **fields):
        data = {"contact": {"email": f"c{number}@shop.example"}, **fields}
        return json.dumps({"op": "contact.upsert", "data": data})

    message = line(2, tags=["t" * 250] * 1000)
    longer = line(3, tags=["t" * 250] * 200_000)
    lines = [line(1), message, longer, line(4), "no JSON", line(6)]
    (stack.folder / "in.jsonl").write_text("\n".join(lines) + "\n")
    done = stack.run("enqueue", "in.jsonl", "--rejects", "bad.jsonl")
    out, told = done.stdout.decode(), done.stderr.decode()
    assert (done.returncode, "6 lines: 3 accepted, 3 bad" in out) == (1, True)
    assert "line 2: data: a message of 253," in told
    assert "message_bytes of [accounts.default.operations" in told
    assert f"line 3: has {len(longer) + 1:,} bytes, " in told
    assert "line 5: not JSON" in told
    rejected = (stack.folder / "bad.jsonl").read_text().splitlines()
    assert rejected == [message, longer, "no JSON"]
