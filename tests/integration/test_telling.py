"""How people are told: once, not in floods, and of every lane that stands still."""

from __future__ import annotations

import json
import logging

import pytest
from sentry_sdk.transport import Transport

from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.producers.settings import Settings
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.runtime import sentry, teller
from batchline.worker.store import lane_states, pause, redis_clock
from batchline.worker.store import lease as leases
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.parking import Meta
from batchline.worker.troubles import letters, stalls, watch
from batchline.worker.troubles import trouble as troubles

LANES = [Lane("default", "event.add", n) for n in range(40)]
LANE = LANES[0]
#: Seconds after which a lane stands still.
STALL = 600.0
HOUR = 3_600_000


def begin(store, lane, kind="destination_failed", detail="HTTP 503"):
    troubles.begin_of_lane(store, lane, kind, detail)


def news(store, window=60.0):
    found = troubles.take_news(store, "taking", window)
    troubles.are_told(store, "taking")
    return found


def end_all(store):
    troubles.end(store, troubles.read(store))


def test_forty_lanes_that_fail_at_once_are_one_line_and_later_one_more_with_their_number(store):
    for lane in LANES:
        begin(store, lane)
    (first,) = news(store)
    assert (first.event, first.lane, first.more) == ("began", str(LANE), 0)
    assert news(store) == [], "told once, whoever asks"
    (rest,) = news(store, window=0)
    assert (rest.event, rest.lane, rest.more) == ("began", str(LANES[-1]), 38)
    assert news(store, window=0) == []


def test_news_that_a_worker_took_and_did_not_live_to_tell_is_told_by_another(store):
    begin(store, LANE)
    assert len(troubles.take_news(store, "dies")) == 1
    assert troubles.take_news(store, "lives") == [], "it may be telling it just now"
    (told,) = troubles.take_news(store, "lives", again=0)
    assert (told.event, told.lane) == ("began", str(LANE))
    troubles.are_told(store, "lives")
    assert troubles.take_news(store, "later", again=0) == []


def test_what_is_refused_again_after_a_resume_is_told_at_once(store):
    """A person resumed it, and waits to see whether it works now."""
    for _ in range(2):
        pause.pause(store, "default", "credentials refused: wrong")
        troubles.begin(store, "credentials_refused", "default", "wrong")
        began = [one.kind for one in news(store) if one.event == "began"]
        assert "credentials_refused" in began
        pause.resume(store, "default")
        news(store)


def test_their_ends_are_one_line_too(store):
    for lane in LANES:
        begin(store, lane)
    news(store)
    end_all(store)
    (first,) = news(store)
    assert (first.event, first.more) == ("ended", 0)
    assert sum(1 + one.more for one in news(store, window=0) if one.event == "ended") == 39


def test_a_lane_that_fails_and_recovers_again_and_again_is_told_twice_in_a_window(store):
    told = []
    for _ in range(50):
        begin(store, LANE)
        end_all(store)
        told += news(store)
    assert [one.event for one in told] == ["began", "ended"]
    later = news(store, window=0)
    assert sorted((one.event, one.more) for one in later) == [("began", 48), ("ended", 48)]


def test_the_end_of_a_lane_is_told_behind_its_beginning_that_was_kept_for_later(store):
    first, second = LANES[:2]
    begin(store, first)
    told = news(store)
    begin(store, second)
    told += news(store)
    troubles.end(store, [one for one in troubles.read(store) if one.scope == str(second)])
    for _ in range(3):
        told += news(store, window=60.0)
    told += news(store, window=0)
    assert [(one.event, one.scope) for one in told] == [
        ("began", str(first)),
        ("began", str(second)),
        ("ended", str(second)),
    ]


def test_a_lane_that_fails_again_before_its_end_is_told_is_not_said_to_be_well(store):
    for lane in LANES[:2]:
        begin(store, lane)
    news(store)
    end_all(store)
    news(store)
    begin(store, LANES[1])
    told = news(store, window=0)
    assert [one.event for one in told if one.scope == str(LANES[1])][-1] == "began"


@pytest.mark.parametrize("is_over", [True, False])
def test_what_a_worker_took_and_did_not_tell_is_told_only_while_it_is_so(store, is_over):
    begin(store, LANE)
    assert troubles.take_news(store, "dies")
    if is_over:
        end_all(store)
    told = [one.event for one in [*news(store, window=0), *troubles.take_news(store, "x", 0, 0)]]
    assert told == (["ended"] if is_over else ["began"])


def test_kinds_operations_and_accounts_are_told_apart(store):
    begin(store, LANE)
    begin(store, Lane("default", "push.send"))
    begin(store, Lane("other", "event.add"))
    troubles.begin(store, "paused", "default", "holiday")
    assert len(news(store)) == 4


def test_a_trouble_of_another_kind_ends_the_lanes_trouble_before_it(store):
    begin(store, LANE)
    begin(store, LANE)
    begin(store, LANE, "fault", "a fault of ours: KeyError at x.py:1")
    assert [(one.event, one.kind, one.followed) for one in news(store)] == [
        ("began", "destination_failed", ""),
        ("ended", "destination_failed", "fault"),
        ("began", "fault", ""),
    ]
    assert [(one.kind, one.times) for one in troubles.read(store)] == [("fault", 1)]


def test_news_that_nobody_takes_is_bounded(store):
    for number in range(1010):
        troubles.begin(store, "paused", f"a{number}", "")
    assert store.client.llen(store.keys.troubles_news) == 1000


@pytest.fixture
def waiting(store):
    """A lane that is due since an hour, and the time by Redis' clock."""
    now = redis_clock.now(store)
    enqueue(store, LANE, now - HOUR)
    return now


def enqueue(store, lane, at):
    client, keys = store.client, store.keys
    client.xadd(keys.stream(lane), {"1ann@shop.example": "{}"}, id=f"{at}-0")
    client.sadd(keys.lanes, str(lane))
    client.zadd(keys.due, {str(lane): at})


def standing(store):
    return [
        one.lane
        for one in stalls.find(store, lane_states.read(store), STALL, redis_clock.now(store))
    ]


def test_a_lane_whose_tasks_nobody_consumes_stands_still(store, waiting):
    store.client.hset(store.keys.state(LANE), "hold", 1)
    store.client.zadd(store.keys.due, {str(LANE): waiting + 30_000})
    assert standing(store) == [str(LANE)]


def test_a_lane_whose_owners_die_one_after_the_other_stands_still(store, waiting):
    for _ in range(2):
        leases.claim(store, LANE, 60, 100, "host:1")
        store.client.hset(store.keys.state(LANE), "until", 0)
    leases.claim(store, LANE, 60, 100, "host:1")
    assert standing(store) == [str(LANE)]


def test_a_lane_with_a_long_batch_of_one_owner_is_at_work(store, waiting):
    leases.claim(store, LANE, 60, 100, "host:1")
    assert standing(store) == []


def test_a_lane_that_is_told_to_wait_till_an_impossible_time_stands_still(store, waiting):
    far = waiting + 1000 * HOUR
    store.client.hset(store.keys.state(LANE), mapping={"hold": 1, "retry_at": far})
    store.client.zadd(store.keys.due, {str(LANE): far})
    assert standing(store) == [str(LANE)]


def test_a_lane_that_nobody_made_due_stands_still(store, waiting):
    store.client.zrem(store.keys.due, str(LANE))
    assert standing(store) == [str(LANE)]


def test_a_lane_that_lingers_is_paused_or_waits_for_a_breaker_does_not_stand_still(store, waiting):
    now = waiting
    store.client.zadd(store.keys.due, {str(LANE): now + 1000})
    assert standing(store) == [], "it lingers for an hour"
    store.client.zadd(store.keys.due, {str(LANE): now - HOUR})
    pause.pause(store, "default", "holiday")
    assert standing(store) == []
    pause.resume(store, "default")
    assert standing(store) == [], "it is resumed just now"
    store.client.hdel(store.keys.state(LANE), "moved")
    breaker = store.keys.breaker("default", "event.add")
    store.client.hset(breaker, mapping={"state": "open", "until": now + HOUR})
    store.client.hset(store.keys.state(LANE), "waits_with", breaker)
    assert standing(store) == []


def overdue(store, key, member, ago):
    """Note a member of `parked` or `jobs` that was due so many ms ago."""
    store.client.zadd(key, {member: redis_clock.now(store) - ago})


def found(store):
    return [(one.kind, one.lane, one.what) for one in watched(store)]


def watched(store):
    return stalls.find(store, lane_states.read(store), STALL, redis_clock.now(store))


PUSHES = "other:push.send:3"


def test_parked_messages_that_nobody_brings_back_stand_still(store):
    store.client.zadd(store.keys.workers, {"one": redis_clock.now(store)})
    for number in range(3):
        overdue(store, store.keys.parked, parked_member(f"{PUSHES}@{number + 5}-0"), HOUR - number)
    overdue(store, store.keys.parked, parked_member(f"{LANE}@5-0"), 590_000)
    assert found(store) == [("stalled", PUSHES, "parked messages are due, ")]
    assert [one.waiting for one in watched(store)] == [3]
    assert [one.detail for one in watch.standing(store, STALL)] == [
        "parked messages are due, for 60 min"
    ]
    watch.look(store, STALL, every=0.001)
    store.client.delete(store.keys.parked)
    assert watch.standing(store, STALL) == []


def test_a_job_that_nobody_asks_about_is_stuck(store):
    job = f"{LANE}@4711"
    overdue(store, store.keys.jobs, job, 599_000)
    assert found(store) == []
    overdue(store, store.keys.jobs, job, 602_000)
    assert found(store) == [("job_stuck", str(LANE), f"{job}, ")]


def test_messages_that_are_to_come_back_at_once_are_overdue_when_nobody_has_looked_since(store):
    now = redis_clock.now(store)
    store.client.zadd(store.keys.parked, {parked_member(f"{LANE}@5-0"): 7})
    store.client.hset(store.keys.clock, "last", now - 1000)
    assert found(store) == []
    store.client.hset(store.keys.clock, "last", now - HOUR)
    assert [one for _, one, _ in found(store)] == [str(LANE)]


def test_parked_messages_of_what_is_paused_do_not_stand_still(store):
    overdue(store, store.keys.parked, parked_member(f"{PUSHES}@5-0"), HOUR)
    pause.pause(store, "other:push.send", "stocktaking")
    assert found(store) == []


def test_a_lane_that_stands_still_is_told_by_one_of_the_workers_once(store, waiting):
    looks = [watch.look(store, STALL) for _ in range(3)]
    assert looks == [True, False, False]
    store.client.delete(store.keys.looked)
    watch.look(store, STALL)
    (begun,) = news(store)
    assert (begun.kind, begun.lane, begun.messages) == ("stalled", str(LANE), 1)
    store.client.delete(store.keys.looked, store.keys.stream(LANE))
    watch.look(store, STALL)
    assert [one.event for one in news(store)] == ["ended"]


def test_a_pause_of_an_older_version_is_told_too(store):
    store.client.hset(store.keys.paused, "default", "stocktaking")
    watch.look(store, STALL)
    (begun,) = news(store)
    assert (begun.kind, begun.scope, begun.detail) == ("paused", "default", "stocktaking")


def die(store, number, reason, lane=LANE):
    """A dead letter, and the trouble that it is."""
    message_id = f"{lane}@{redis_clock.now(store)}-{number}"
    meta = Meta(message_id, 1, []).to_json()
    body = letter_body(str(lane), "ann@shop.example", "", "{}", meta, reason)
    store.client.hset(store.keys.dead_body, message_id, body)
    store.client.zadd(store.keys.dead, {message_id: redis_clock.now(store)})
    store.client.sadd(store.keys.lanes, str(lane))
    for counter in ("dead", f"dead_{reason}"):
        store.client.hincrby(store.keys.state(str(lane)), counter, 1)
    scope = f"{lane.account}:{lane.operation}"
    troubles.begin(store, reason, scope, lane=lane, messages=1)
    return message_id


def lasts(store):
    """Kind and scope of what `status --check` shows, and of what workers know after a look."""
    shown = [(one.kind, one.scope) for one in watch.standing(store, STALL)]
    store.client.delete(store.keys.looked)
    watch.look(store, STALL)
    known = [(one.kind, one.scope) for one in troubles.read(store) if one.told]
    assert sorted(shown) == sorted(known)
    return sorted(shown)


def test_a_trouble_of_dead_letters_is_over_as_soon_as_the_last_of_them_is_replayed_or_purged(store):
    first, second = (die(store, number, "poison") for number in range(2))
    others = [die(store, n, "expired", lane) for n, lane in enumerate(LANES[:30], start=10)]
    elsewhere = die(store, 90, "poison", Lane("es", "event.add", 3))
    mine, theirs, expired = (
        ("poison", "default:event.add"),
        ("poison", "es:event.add"),
        ("expired", "default:event.add"),
    )
    assert lasts(store) == sorted([mine, theirs, expired])
    dead_letters.purge(store, [first], 0)
    assert mine in lasts(store), "one of them is left"
    dead_letters.act(store, "replay", [second])
    assert lasts(store) == sorted([theirs, expired])
    dead_letters.purge(store, [elsewhere, *others], 0)
    assert lasts(store) == []


def test_a_letter_of_long_ago_does_not_keep_a_trouble_of_today_standing(store):
    old = die(store, 1, "blocked")
    store.client.zadd(store.keys.dead, {old: redis_clock.now(store) - HOUR})
    new = die(store, 2, "blocked")
    assert lasts(store) == [("blocked", "default:event.add")]
    dead_letters.purge(store, [new], 0)
    assert lasts(store) == []


def test_that_none_is_left_is_known_without_a_look_at_the_letters_of_others(store):
    mine = die(store, 1, "poison")
    for number in range(2, 40):
        die(store, number, "expired", LANES[1])
    dead_letters.purge(store, [mine], 0)
    (trouble,) = [one for one in troubles.read(store) if one.kind == "poison"]
    store.client.config_resetstat()
    assert not letters.remain(store, trouble, LANES)
    assert "cmdstat_zrevrangebyscore" not in store.client.info("commandstats")


def test_a_look_for_letters_that_are_left_ends_after_the_newest_and_takes_them_as_left(
    store, monkeypatch
):
    monkeypatch.setattr(letters, "MOST", 5)
    old = die(store, 1, "poison")
    store.client.zadd(store.keys.dead, {old: redis_clock.now(store) - HOUR})
    mine = die(store, 2, "poison")
    (trouble,) = troubles.read(store)
    dead_letters.purge(store, [mine], 0)
    assert not letters.remain(store, trouble, LANES), "the one of long ago is none of it"
    for number in range(3, 8):
        die(store, number, "expired", LANES[1])
    assert letters.remain(store, trouble, LANES)


def test_a_letter_that_cannot_be_read_stops_no_look(store):
    die(store, 1, "poison")
    bad = die(store, 2, "expired")
    store.client.hset(store.keys.dead_body, bad, "no JSON")
    assert ("poison", "default:event.add") in lasts(store)


class Outbox(Transport):
    """Keeps what goes to Sentry."""

    def __init__(self, options=None):
        super().__init__(options)
        self.events = []

    def capture_envelope(self, envelope):
        self.events += [item.payload.json for item in envelope.items if item.type == "event"]


@pytest.fixture
def outbox():
    outbox, settings = Outbox(), Settings(sentry_every=60)
    sentry.report_to(
        sentry.new_client("http://key@127.0.0.1:9/1", settings, transport=outbox), settings
    )
    yield outbox
    sentry.report_to_nobody()


def test_sentry_gets_what_begins_without_the_apis_words(store, outbox, caplog):
    begin(store, LANE, "rate_limited", "HTTP 429: about ann@shop.example")
    begin(store, Lane("default", "push.send"), "unknown_account", "for bob@shop.example")
    end_all(store)
    teller.tell_news(store)
    limited, unknown = sorted(outbox.events, key=lambda one: one["level"], reverse=True)
    assert limited["fingerprint"] == ["batchline", "default", "event.add", "rate_limited"]
    assert limited["tags"] == {
        "account": "default",
        "operation": "event.add",
        "lane": str(LANE),
        "reason": "rate_limited",
        "attempt": "1",
        "status": "429",
    }
    assert (limited["level"], unknown["level"]) == ("warning", "error")
    assert "@" not in json.dumps(outbox.events)
    levels = {record.levelno for record in caplog.records}
    assert levels == {logging.WARNING, logging.ERROR}


def test_sentry_gets_one_event_of_an_account_operation_and_reason_whoever_reports(store, outbox):
    for lane in (LANES[0], LANES[1], Lane("other", "event.add")):
        begin(store, lane, "rate_limited", "HTTP 429")
        for one in news(store, window=0):
            teller.tell(one, store)
    accounts = [one["tags"]["account"] for one in outbox.events]
    assert accounts == ["default", "other"]


def test_what_passes_by_itself_and_is_followed_by_another_kind_is_not_for_sentry(store, outbox):
    begin(store, LANE, "destination_failed", "HTTP 503")
    teller.tell_news(store)
    assert outbox.events == []


def test_while_redis_is_away_each_worker_reports_it_once(outbox):
    for _ in range(3):
        one = teller.Teller()
        one.redis_is_away(ConnectionError("for ann@shop.example"))
    (event,) = outbox.events
    assert event["fingerprint"] == ["batchline", "Redis", "", "redis_away"]
    assert "@" not in json.dumps(event)


def test_a_line_is_one_line_whatever_the_api_says(store, caplog):
    begin(store, LANE, detail="HTTP 500\n2026 ERROR all is lost\x1b[31m" + "x" * 1000)
    (one,) = news(store)
    teller.tell(one)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 700
