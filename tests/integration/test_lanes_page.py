"""The lanes page: a row for each account and operation, with everything that is known of it."""

from __future__ import annotations

import pytest

from batchline.producers.lanes import Lane
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection import lanes_page
from batchline.worker.inspection.lanes_filter import LANGUAGE, LanesFilter
from batchline.worker.store import lane_states, pause
from tests.builders import contact, event

ERROR = {"error": "HTTP 503: sorry", "error_at": 1, "attempts": 4}


@pytest.fixture
def put(store):
    """Puts lanes into Redis: put("shop:event.add:0", backlog, **fields of the state)."""

    def put(name, backlog=0, **state):
        store.client.sadd(store.keys.lanes, name)
        for number in range(backlog):
            store.client.xadd(store.keys.stream(name), {f"1a{number}@b": "{}"})
        if state:
            store.client.hset(store.keys.state(name), mapping=state)

    return put


@pytest.fixture
def page(stack, store):
    def page(text="", **more):
        return lanes_page.read(store, stack.settings, LANGUAGE.parse(text), **more)

    return page


def scopes(found):
    return [row.scope for row in found.rows]


def test_partitions_are_folded_into_one_row(put, page):
    put("default:event.add:0", 2, accepted=10, delivered=5, dead=1, parked=2, parked_behind=2)
    put("default:event.add:1", 3, accepted=9, delivered=6, merged=4, in_flight=3, attempts=2)
    (row,) = page().rows
    assert (row.account, row.operation, len(row.partitions)) == ("default", "event.add", 2)
    assert (row.backlog, row.accepted, row.delivered, row.merged) == (5, 19, 11, 4)
    assert (row.in_flight, row.parked, row.dead, row.attempts) == (3, 2, 1, 2)
    assert row.parked_by == {"contact": 0, "behind": 2, "suspects": 0, "ambiguous": 0, "delayed": 0}
    assert row.oldest_seconds is not None


def test_a_row_says_the_words_of_its_newest_error_and_its_breaker(put, page, store):
    put("default:event.add:0", 1, **ERROR)
    put("default:event.add:1", 1, **{**ERROR, "error": "HTTP 500: no", "error_at": 2})
    until = lane_states_now(store) + 60_000
    breaker = store.keys.breaker("default", "event.add")
    store.client.hset(breaker, mapping={"state": "open", "until": until})
    (row,) = page().rows
    assert row.error == "HTTP 500: no"
    assert (row.breaker, row.attempts) == ("open", 4)
    assert 0 < row.breaker_seconds <= 60
    assert {"failing", "breaker", "waiting"} <= set(row.states)


def lane_states_now(store):
    seconds, micros = store.client.time()
    return seconds * 1000 + micros // 1000


def test_a_row_says_who_paused_it_and_why(put, page, store):
    put("default:event.add:0", 1)
    put("default:event.add:1", 1)
    pause.pause(store, "default:event.add:1", "stocktaking", "ann")
    (row,) = page("state=paused").rows
    (held,) = row.paused
    assert (held.scope, held.reason, held.who) == ("default:event.add:1", "stocktaking", "ann")
    pause.resume(store, "default:event.add:1", "bob")
    assert page("state=paused").rows == ()


def test_who_paused_it_is_not_said_of_a_pause_by_a_worker_that_came_later(put, page, store):
    put("default:event.add:0", 1)
    pause.pause(store, "default", "stocktaking", "ann")
    store.client.hset(store.keys.paused, "default", "credentials refused: HTTP 401")
    (held,) = page().rows[0].paused
    assert (held.reason, held.who) == ("credentials refused: HTTP 401", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["a:event.add", "a:push.send", "b:event.add"]),
        ("account=a", ["a:event.add", "a:push.send"]),
        ("operation=event.add", ["a:event.add", "b:event.add"]),
        ("account=a operation=event.add", ["a:event.add"]),
        ("state=failing", ["b:event.add"]),
        ("state=dead,failing", ["a:push.send", "b:event.add"]),
        ("state=idle", ["a:push.send"]),
        ("text=SORRY", ["b:event.add"]),
        ("text=push", ["a:push.send"]),
        ("account=nobody", []),
    ],
)
def test_a_filter_narrows_the_rows(put, page, text, expected):
    put("a:event.add:0", 1)
    put("a:push.send:0", dead=2)
    put("b:event.add:0", 1, **ERROR)
    found = page(text, sort="name")
    assert scopes(found) == expected
    assert (found.matching, found.of) == (len(expected), 3)


def test_rows_are_sorted_by_any_column_either_way(put, page):
    put("a:event.add:0", 1, attempts=1)
    put("b:event.add:0", 3, attempts=3)
    put("c:event.add:0", 2, attempts=2)
    for column in lanes_page.SORTS:
        assert len(page(sort=column).rows) == 3
    assert scopes(page(sort="-backlog")) == ["b:event.add", "c:event.add", "a:event.add"]
    assert scopes(page(sort="attempts")) == ["a:event.add", "c:event.add", "b:event.add"]
    assert scopes(page(sort="no such column")) == ["a:event.add", "b:event.add", "c:event.add"]


def test_pages_hold_every_row_once(put, page):
    for number in range(7):
        put(f"a{number}:event.add:0", number)
    pages = [page(sort="name", page=number, size=3) for number in (1, 2, 3)]
    assert [len(one.rows) for one in pages] == [3, 3, 1]
    assert [scope for one in pages for scope in scopes(one)] == [
        f"a{number}:event.add" for number in range(7)
    ]
    assert {(one.pages, one.matching) for one in pages} == {(3, 7)}
    assert page(page=99, size=3).page == 3
    assert page(page=-1, size=0).page == 1
    assert pages[0].totals["backlog"] == sum(range(7))


def test_a_lane_with_a_key_of_a_wrong_type_is_left_out(put, page, store):
    put("a:event.add:0", 1)
    put("b:event.add:0")
    store.client.set(store.keys.state("b:event.add:0"), "not a hash")
    store.client.sadd(store.keys.lanes, "no lane", b"\xff\xfe")
    assert scopes(page()) == ["a:event.add"]


def test_a_state_with_rubbish_in_it_is_shown_all_the_same(put, page, store):
    put("a:event.add:0", 1, accepted="many", attempts=b"\xff", error=b"\xff\xfe", error_at="x")
    (row,) = page().rows
    assert (row.accepted, row.attempts) == (0, 0)
    assert row.error


def test_a_row_says_how_much_of_the_limits_is_used(stack, put, page, store):
    stack.configure(("lease = 8", "lease = 8\nlimits = {per_minute = 3, concurrent = 2}"))
    put("default:event.add:0", 1)
    assert not page().rows[0].use.is_used_up(0)
    grants, under_way, adaptation = store.keys.limits("default")
    now = lane_states_now(store)
    store.client.zadd(grants, {f"g{number}": now - 30_000 for number in range(3)})
    store.client.zadd(grants, {"old": now - 90_000})
    (row,) = page("state=limited").rows
    assert (row.use.last_minute, row.use.last_second, row.use.under_way) == (3, 0, 0)
    store.client.delete(grants)
    store.client.hset(adaptation, mapping={"locked": now + 60_000, "factor": "0.5"})
    store.client.zadd(under_way, {"g": now + 5_000, "over": now - 5_000})
    (row,) = page("state=limited").rows
    assert (row.use.under_way, row.use.factor) == (1, 0.5)
    assert row.use.locked == now + 60_000


def test_many_lanes_are_read_in_few_calls(put, page, store):
    lanes = 3 * lane_states.PAGE
    pipeline = store.client.pipeline(transaction=False)
    for number in range(lanes):
        pipeline.sadd(store.keys.lanes, f"a{number}:event.add:0")
    pipeline.execute()
    store.client.config_resetstat()
    assert page(size=20).of == lanes
    calls = store.client.info("commandstats")
    assert calls["cmdstat_eval"]["calls"] == 3
    page_calls = sum(row["calls"] for name, row in calls.items() if "config" not in name)
    # Inside of its scripts each lane is read by a few commands; outside, nothing grows with them.
    inside = sum(calls[f"cmdstat_{name}"]["calls"] for name in ("hgetall", "xlen", "zscore"))
    assert page_calls - inside < 40


def test_an_unknown_condition_is_named(page):
    with pytest.raises(BadFilter, match="sort: there is no such condition"):
        page("sort=backlog")
    assert LanesFilter() == LANGUAGE.parse("")


def test_parked_messages_are_counted_by_their_reason_until_they_come_back(stack, page):
    """An event without its contact is parked until that is confirmed; another is delayed."""
    stack.configure(("every = 0.5, until = 1.5", "every = 60, until = 600"))
    stack.worker()
    with stack.producer() as producer:
        producer.send(event(1))
        producer.send(event(2, email="late@shop.example"), delay=3600)
    stack.until(lambda now: now.totals["parked"] == 2 and now.totals["backlog"] == 0)
    (row,) = page("operation=event.add").rows
    assert row.parked_by == {"contact": 1, "behind": 0, "suspects": 0, "ambiguous": 0, "delayed": 1}
    (answers,) = page().why(row)
    assert answers.answer.kind == "parked"
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until(lambda now: now.totals["delivered"] == 2)
    (row,) = page("operation=event.add").rows
    assert row.parked_by == {"contact": 0, "behind": 0, "suspects": 0, "ambiguous": 0, "delayed": 1}


def test_why_tells_what_holds_a_lane_and_what_to_press(stack, store):
    with stack.producer() as producer:
        producer.send(event(1))
    told = stack.run("why", "default:event.add").stdout.decode()
    assert "default:event.add:0: no worker runs: none was seen for a day" in told
    assert "Do: start one: batchline worker" in told
    stack.run("pause", "default", "--reason", "stocktaking")
    answer = stack.run_json("why", "--json")
    assert answer["lanes"] == ["default:event.add:0"]
    assert answer["answer"]["do"] == "batchline resume default"
    assert "stocktaking" in answer["answer"]["text"]
    unknown = stack.run("why", "default:push.send")
    assert unknown.returncode == 4
    assert b"no lane of that name holds messages (known: default:event.add)" in unknown.stderr


def test_why_tells_of_a_destination_that_fails(stack):
    stack.configure(("max = 0.5}", "max = 600}"), ("first = 0.1", "first = 600"))
    stack.sandbox.control.fault("status", {"path": "/api/*"}, times=100, status=503)
    stack.worker()
    with stack.producer() as producer:
        producer.send(event(1))
    stack.until(lambda now: any(lane.attempts for lane in now.lanes))
    answer = stack.run_json("why", str(Lane("default", "event.add")), "--json")
    assert answer["answer"]["kind"] == "backoff"
    assert "the API failed once; tried again in" in answer["answer"]["text"]
    assert "503" in answer["answer"]["text"]


def test_the_history_is_shown_in_the_terminal(stack):
    assert b"No history yet" in stack.run("status", "--history").stdout
    with stack.producer() as producer:
        producer.send(event(1))
    stack.worker()
    stack.until(lambda _: stack.client.hlen(stack.keys.history_minutes))
    assert b"default:event.add" in stack.run("status", "--history").stdout
    assert "default:event.add" in stack.run_json("status", "--history", "--json")["rows"]


def test_the_same_rows_are_shown_in_the_terminal(stack, put):
    put("default:event.add:0", 2, parked=3, parked_suspected=1, **ERROR)
    put("default:push.send:0", 9)
    stack.run("pause", "default:push.send", "--reason", "stocktaking")
    told = stack.run("lanes").stdout.decode()
    assert told.index("default:push.send") < told.index("default:event.add")
    assert "default:event.add: parked: 1 suspects, 2 delayed" in told
    assert "default:event.add: HTTP 503: sorry" in told
    assert ": stocktaking" in told
    found = stack.run_json("lanes", "--where", "state=failing", "--sort", "name", "--json")
    assert [row["operation"] for row in found["rows"]] == ["event.add"]
    assert (found["matching"], found["of"]) == (1, 2)
    refused = stack.run("lanes", "--where", "state=faling")
    assert refused.returncode == 2
    assert b"did you mean failing?" in refused.stderr
    assert stack.run("lanes", "--where", "").returncode == 2
