"""An exception of ours, or of a plug-in, stands nothing still: the guilty message is set aside."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace

import pytest
from redis.exceptions import ResponseError

from batchline.producers import Producer, Settings, UnknownAccount
from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.systems.columns import Run
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import change as changes
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.runtime import dispatcher, tasks
from batchline.worker.runtime.process import Process
from batchline.worker.store.parking import Meta, unpark
from tests.builders import contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
GUILTY = 37
#: The text of the exception.
SECRET = "a secret of poison@shop.example"
#: A worker goes on with what is left of the lane without waiting for more.
AT_ONCE = """
[accounts.default.operations."contact.upsert"]
linger = 0
"""


def items_of(argument):
    """The items of a request, or a sequence of items itself."""
    items = getattr(argument, "items", argument)
    return items if isinstance(items, list | tuple | Run) else None


class Faulty:
    """A system whose code fails on one contact, in one of its methods."""

    def __init__(self, system, method) -> None:
        self.system = system
        self.method = method

    def __getattr__(self, name):
        usual = getattr(self.system, name)
        if name != self.method:
            return usual

        def faulty(*arguments):
            (items, *_) = [one for one in map(items_of, arguments) if one is not None]
            if any(b"poison" in item.payload for item in items):
                raise KeyError(SECRET)
            return usual(*arguments)

        return faulty


@pytest.fixture
def context(store, redis_url, tmp_path, monkeypatch):
    """A worker's context, with 100 upserts in the lane; one of them is about `poison`."""
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{AT_ONCE}')
    names = [f"c{n}@shop.example" if n != GUILTY else "poison@shop.example" for n in range(100)]
    with Producer(loaded) as producer:
        producer.send_many([contact(name, properties={"n": "1"}) for name in names])
    return context_of(store, loaded, Upserts([]))


def deliver_all(context):
    """Workers one after the other until the lane is empty; the errors that their tasks ended in."""
    client, state = context.store.client, context.store.keys.state(LANE)
    errors = []
    for _ in range(200):
        if client.xlen(context.store.keys.stream(LANE)) == 0:
            return errors
        try:
            deliver(LANE, context)
        except Exception as error:
            errors.append(error)
        client.hdel(state, "retry_at")
    raise AssertionError("the lane is never empty")


@pytest.mark.parametrize("method", ["merge", "plan", "call", "judge"])
def test_a_message_on_which_a_system_fails_is_the_only_dead_letter(context, method):
    faulty = replace(context, system=Faulty(context.system, method))
    errors = deliver_all(faulty)
    assert errors
    assert all(isinstance(error, KeyError) for error in errors), "so ends each task"
    # Three of the whole batch, one for each of the halves of 100 that fail, four of it alone.
    assert len(errors) <= 3 + 7 + 4
    (letter,) = dead_letters.find(context.store)
    assert (letter.reason, letter.contact) == ("unprocessable", "poison@shop.example")
    assert "KeyError at " in letter.detail
    assert "secret" not in letter.detail, "the exception's own text may hold personal data"
    totals = status.read(context.store).totals
    assert (totals["delivered"], totals["dead"], totals["backlog"]) == (99, 1, 0)


def test_the_lane_shows_class_and_place_of_the_fault(context):
    with pytest.raises(KeyError):
        deliver(LANE, replace(context, system=Faulty(context.system, "plan")))
    (lane,) = status.read(context.store).lanes
    assert lane.attempts == 1
    assert lane.last_error.startswith("a fault of ours: KeyError at ")


def test_the_task_ends_in_class_and_place_of_the_fault_for_its_text_may_be_personal(
    context, monkeypatch
):
    faulty = replace(context, system=Faulty(context.system, "judge"))
    process = Process(Settings.load(), context.store)
    monkeypatch.setattr(process, "context", lambda name: faulty)
    monkeypatch.setattr(tasks, "this_process", lambda: process)
    with pytest.raises(tasks.Fault, match="KeyError at ") as raised:
        tasks.deliver_lane(str(LANE))
    shown = "".join(traceback.format_exception(raised.value))
    assert "in faulty" in shown, "the way there is kept"
    assert SECRET not in shown


@pytest.mark.parametrize(
    "fields",
    [
        {b"1ann@shop.example": b"{}", b"meta": b"{broken"},
        {b"": b""},
        {b"1\xff\xfe": b"\xff not text"},
    ],
    ids=["broken meta", "no name", "no text"],
)
def test_an_entry_that_cannot_be_read_is_set_aside_and_the_others_are_delivered(context, fields):
    client, keys = context.store.client, context.store.keys
    client.xadd(keys.stream(LANE), fields)
    client.hincrby(keys.state(LANE), "accepted", 1)
    with Producer(Settings.load()) as producer:
        producer.send(contact("last@shop.example", properties={"n": "1"}))
    deliver_all(context)
    letters = list(dead_letters.find(context.store))
    assert [letter.reason for letter in letters] in (["unprocessable"], ["rejected"])
    totals = status.read(context.store).totals
    assert (totals["delivered"], totals["dead"], totals["backlog"]) == (101, 1, 0)


def test_a_name_in_due_that_is_no_lane_stops_no_other(context):
    class App:
        """As much of Celery as dispatching needs."""

        def __init__(self) -> None:
            self.lanes: list[str] = []

        def send_task(self, name, args, **options):
            self.lanes += args

    app, due = App(), context.store.keys.due
    context.store.client.zadd(due, {"rubbish": 0, "a:b:c:d": 1, str(LANE): 2})
    dispatcher._tick(app, "queue", Process(Settings.load(), context.store))
    assert app.lanes == [str(LANE)]


def test_an_account_that_is_gone_from_the_settings_is_the_error_of_its_lanes(context, monkeypatch):
    def gone(name):
        raise UnknownAccount(name, ["other"])

    process = Process(Settings.load(), context.store)
    monkeypatch.setattr(process, "context", gone)
    monkeypatch.setattr(tasks, "this_process", lambda: process)
    with pytest.raises(UnknownAccount):
        tasks.deliver_lane(str(LANE))
    (lane,) = status.read(context.store).lanes
    assert "account 'default' is not in the settings (known: other)" in lane.last_error


def test_what_a_script_refuses_to_settle_is_a_fault_of_ours_and_stands_nothing_still(
    context, monkeypatch
):
    decide = changes.decide

    def unsettleable(lease, batch, result, *others):
        """A change that no script can read, where the guilty message is in the batch."""
        change = decide(lease, batch, result, *others)
        if any(b"poison" in payload for payload in batch.columns.payloads) and result.requests:
            change.trim = "half a letter \ud83d"
        return change

    monkeypatch.setattr(changes, "decide", unsettleable)
    errors = deliver_all(context)
    assert errors
    assert all(isinstance(error, ResponseError) for error in errors)
    (letter,) = dead_letters.find(context.store)
    assert (letter.reason, "poison" in letter.payload) == ("unprocessable", True)
    assert status.read(context.store).totals["delivered"] == 99


def test_an_entry_of_a_newer_format_is_left_to_a_newer_worker_and_what_is_before_it_goes(context):
    client, stream = context.store.client, context.store.keys.stream(LANE)
    client.xadd(stream, {"2something": "that only the next release can read"})
    for _ in range(5):
        deliver(LANE, context)
        client.hdel(context.store.keys.state(LANE), "retry_at")
    assert client.xlen(stream) == 1
    lane = status.read(context.store).lanes[0]
    assert (lane.delivered, lane.dead, lane.backlog) == (100, 0, 1)
    assert "a worker of a newer release" in lane.last_error


@pytest.mark.parametrize("how", ["parked", "dead"])
def test_a_message_of_a_newer_format_that_comes_back_is_left_to_a_newer_worker(context, how):
    """An older worker brings it back, and does not take it for one of its own format."""
    store, id_ = context.store, f"{LANE}@1-1"
    body = letter_body(str(LANE), "a@shop.example", "", "{}", "", "any")
    body = json.dumps({**json.loads(body), "format": "2"})
    if how == "parked":
        store.client.zadd(store.keys.parked, {id_: 1})
        store.client.hset(store.keys.parked_body, id_, body)
        assert unpark(store) == 1
    else:
        meta = Meta(id_).to_json()
        body = json.dumps({**json.loads(body), "meta": meta})
        store.client.zadd(store.keys.dead, {id_: 1})
        store.client.hset(store.keys.dead_body, id_, body)
        assert dead_letters.replay(store, [id_]).done == 1
    for _ in range(5):
        deliver(LANE, context)
        store.client.hdel(store.keys.state(LANE), "retry_at")
    assert "a@shop.example" not in context.http.arrived
    (lane,) = status.read(store).lanes
    assert (lane.delivered, lane.backlog) == (100, 1)
    assert "a worker of a newer release" in lane.last_error
