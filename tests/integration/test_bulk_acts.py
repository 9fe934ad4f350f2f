"""Bulk acts: everything that matches, counted and fixed, confirmed, carried out by workers."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from batchline.producers import lanes
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import bulk, bulk_work
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.bulk import BulkRefused
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.inspection import overview
from batchline.worker.store import acts, journal
from batchline.worker.store.journal import Act
from tests.builders import contact, event
from tests.letters import adds_up, dead, kill_all

EXPIRED = Filter(reason="expired")


class Killed(BaseException):
    """The worker is gone at this point, as by kill -9."""


def coupons(count):
    emails = (f"c{number % 7}@shop.example" for number in range(count))
    return [CouponRedemption(email=email, coupon="C") for email in emails]


def replayed(stack):
    """How often each message was replayed, as the journal says."""
    lines = [line for line in journal.read(stack.store) if isinstance(line, Act)]
    return Counter(one for line in lines if line.act == "replayed" for one in line.ids)


def go_on(seconds):
    return False


def work(stack, wait=go_on):
    """What the thread of a worker does, until nothing is left to take."""
    while bulk_work.work(stack.store, stack.settings, wait):
        pass


def ordered(stack, name, what="replay", wanted=EXPIRED, **more):
    """An act whose letters are counted."""
    bulk.order(stack.store, name, what, wanted, "ann", **more)
    work(stack)
    return bulk.get(stack.store, name)


def test_everything_that_matches_is_counted_confirmed_and_delivered_by_a_worker(stack):
    sent = dead(stack, [event(number) for number in range(40)], "expired", "rejected")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 1)
    done = stack.run("dead", "replay", "--where", "reason=expired", "--bulk", "spring", "--yes")
    assert done.returncode == 0, done.stderr.decode()
    assert "20 would be replayed: 20 expired" in done.stderr.decode()
    stack.until(lambda now: now.totals["dead"] == 20 and now.totals["backlog"] == 0)
    assert dict(replayed(stack)) == dict.fromkeys(sent[::2], 1)
    shown = stack.run_json("bulk", "show", "spring", "--json")
    assert (shown["state"], shown["done"], shown["left"]) == ("done", 20, 0)
    adds_up(stack)


def test_letters_of_several_lanes_go_in_the_order_in_which_they_were_enqueued(stack, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 3)
    sent = dead(stack, [*coupons(5), event(1), *coupons(5), event(2)], "expired")
    act = ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", act.total, "ann")
    work(stack)
    lines = [line for line in journal.read(stack.store) if isinstance(line, Act)]
    times = [{lanes.enqueued_at(one) for one in line.ids} for line in lines]
    assert all(max(one) <= min(next_one) for one, next_one in zip(times, times[2:], strict=False))
    assert set(replayed(stack)) == set(sent)


def test_nothing_is_done_before_it_is_confirmed(stack):
    dead(stack, coupons(5), "expired")
    act = ordered(stack, "spring")
    assert (act.state, act.total, act.reasons) == ("counted", 5, {"expired": 5})
    assert stack.status().totals["dead"] == 5


def test_a_count_that_nobody_saw_confirms_nothing(stack):
    dead(stack, coupons(5), "expired")
    ordered(stack, "spring")
    with pytest.raises(BulkRefused, match="is about 5 dead letters, not 4: look again"):
        bulk.confirm(stack.store, "spring", 4, "ann")
    work(stack)
    assert stack.status().totals["dead"] == 5


def test_what_dies_after_it_was_ordered_is_none_of_it(stack):
    dead(stack, coupons(3), "expired")
    bulk.order(stack.store, "spring", "replay", EXPIRED, "ann")
    late = dead(stack, coupons(2), "expired", at=round(time.time() * 1000) + 1000)
    work(stack)
    bulk.confirm(stack.store, "spring", 3, "ann")
    work(stack)
    assert {letter.id for letter in dead_letters.find(stack.store)} == set(late)


@pytest.mark.parametrize("what", ["replay", "purge"])
def test_a_letter_that_was_replayed_and_died_again_since_the_count_is_passed_over(stack, what):
    sent = dead(stack, coupons(3), "expired")
    ordered(stack, "spring", what)
    dead_letters.replay(stack.store, sent[:1])
    kill_all(stack, "expired", at=round(time.time() * 1000) + 1000)
    bulk.confirm(stack.store, "spring", 3, "ann")
    work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.passed) == ("done", 2, 1)
    assert [letter.id for letter in dead_letters.find(stack.store)] == sent[:1]
    adds_up(stack)


def test_a_letter_that_was_edited_since_the_count_goes_as_it_is_now(stack):
    (one,) = dead(stack, coupons(1), "expired")
    ordered(stack, "spring")
    edited = stack.run("dead", "edit", one, "--set", "coupon=NEW")
    assert edited.returncode == 0, edited.stderr.decode()
    bulk.confirm(stack.store, "spring", 1, "ann")
    work(stack)
    (entry,) = stack.entries(lanes.Lane("default", "coupon.redeem"))
    assert b'"NEW"' in entry.payload


@pytest.mark.parametrize("dies_at", range(8))
def test_a_worker_that_dies_anywhere_leaves_nothing_undone_and_nothing_done_twice(
    stack, monkeypatch, dies_at
):
    monkeypatch.setattr(bulk_work, "PAGE", 2)
    monkeypatch.setattr(dead_letters, "PAGE", 2)
    sent = dead(stack, coupons(9), "expired")
    calls = iter(range(100))

    def dies(seconds):
        if next(calls) == dies_at:
            raise Killed
        return False

    def end_lease():
        stack.client.hset(stack.keys.bulk_act("spring"), "lease", 0)

    bulk.order(stack.store, "spring", "replay", EXPIRED, "ann")
    try:
        work(stack, dies)
    except Killed:
        end_lease()
        work(stack, dies)
    bulk.confirm(stack.store, "spring", 9, "ann")
    try:
        work(stack, dies)
    except Killed:
        end_lease()
        work(stack, dies)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.total, act.done, act.left) == ("done", 9, 9, 0)
    assert dict(replayed(stack)) == dict.fromkeys(sent, 1)
    adds_up(stack)


def test_another_worker_goes_on_when_the_one_at_it_is_killed(stack):
    sent = dead(stack, [contact(f"c{number}@shop.example") for number in range(60)], "expired")
    ordered(stack, "spring", rate=10)
    bulk.confirm(stack.store, "spring", 60, "ann")
    first = stack.worker("first")
    stack.until(lambda _: bulk.get(stack.store, "spring").done >= 10)
    first.kill()
    stack.worker("second")
    assert 10 <= bulk.get(stack.store, "spring").done < 60
    # Its lease ends in a few seconds; the test does not wait for them.
    stack.client.hset(stack.keys.bulk_act("spring"), "lease", 0)
    bulk.pace(stack.store, "spring", None, "ann")
    stack.until(lambda _: bulk.get(stack.store, "spring").state == "done")
    assert dict(replayed(stack)) == dict.fromkeys(sent, 1)
    adds_up(stack)


@pytest.mark.parametrize(("rate", "most"), [(100.0, 3), (None, 3), (0.5, 22)])
def test_a_new_pace_counts_at_once_whatever_the_old_one_was(stack, rate, most):
    dead(stack, coupons(10), "expired")
    ordered(stack, "spring", rate=0.01)
    bulk.confirm(stack.store, "spring", 10, "ann")
    waited = []

    def wait(seconds):
        if not waited:
            bulk.pace(stack.store, "spring", rate, "ann")
        waited.append(seconds)
        return False

    work(stack, wait)
    assert bulk.get(stack.store, "spring").state == "done"
    assert sum(waited) <= most


def test_nobody_else_is_at_an_act_while_its_worker_is(stack):
    dead(stack, coupons(4), "expired")
    tried = []

    def another_tries(seconds):
        tried.append(bulk_work.work(stack.store, stack.settings, go_on))
        return False

    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 4, "ann")
    bulk_work.work(stack.store, stack.settings, another_tries)
    assert tried
    assert not any(tried)


def test_a_worker_whose_lease_was_taken_changes_nothing_more(stack, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 1)
    sent = dead(stack, coupons(3), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 3, "ann")
    replay_page = dead_letters.replay_page

    def overtaken(*arguments):
        """It stands still behind its read, and the other worker does two pages meanwhile."""
        monkeypatch.setattr(dead_letters, "replay_page", replay_page)
        stack.client.hset(stack.keys.bulk_act("spring"), "lease", 0)
        pages = iter([False, True])
        bulk_work.work(stack.store, stack.settings, lambda seconds: next(pages))
        assert bulk.get(stack.store, "spring").done == 2
        return replay_page(*arguments)

    monkeypatch.setattr(dead_letters, "replay_page", overtaken)
    bulk_work.work(stack.store, stack.settings, go_on)
    assert bulk.get(stack.store, "spring").left == 1
    work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.passed) == ("done", 3, 0)
    assert dict(replayed(stack)) == dict.fromkeys(sent, 1)


def test_a_stop_is_obeyed_and_what_is_left_goes_on_later(stack, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 2)
    dead(stack, coupons(10), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 10, "ann")

    def somebody_stops(seconds):
        if bulk.get(stack.store, "spring").done == 4:
            bulk.stop(stack.store, "spring", "bob")
        return False

    work(stack, somebody_stops)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.left) == ("stopped", 4, 6)
    assert stack.status().totals["dead"] == 6
    bulk.resume(stack.store, "spring", "bob")
    work(stack)
    assert bulk.get(stack.store, "spring").state == "done"
    assert stack.status().totals["dead"] == 0


def test_a_worker_that_shuts_down_leaves_the_act_to_another_at_once(stack, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 2)
    dead(stack, coupons(6), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 6, "ann")
    bulk_work.work(stack.store, stack.settings, lambda seconds: True)
    act = bulk.get(stack.store, "spring")
    assert (act.done, act.is_taken) == (2, False)
    work(stack)
    assert bulk.get(stack.store, "spring").state == "done"


def test_a_fault_of_ours_stops_the_act_and_is_told_once(stack, monkeypatch):
    def fails(*arguments):
        raise ValueError("a fault of ours")

    dead(stack, coupons(3), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 3, "ann")
    with monkeypatch.context() as patched:
        patched.setattr(bulk_work.dead_letters, "replay_page", fails)
        with pytest.raises(ValueError, match="a fault of ours"):
            work(stack)
        work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.fault) == ("stopped", 0, "ValueError")
    assert b"stopped by ValueError" in stack.run("bulk", "show", "spring").stdout
    bulk.resume(stack.store, "spring", "ann")
    work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.fault) == ("done", 3, "")


def test_a_letter_that_cannot_be_read_is_passed_over_and_stays(stack):
    sent = dead(stack, coupons(3), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 3, "ann")
    stack.client.hset(stack.keys.dead_body, sent[1], "no JSON")
    work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.passed) == ("done", 2, 1)
    assert stack.client.hkeys(stack.keys.dead_body) == [sent[1].encode()]


def test_a_confirmation_that_comes_after_a_week_finds_nothing_left(stack):
    dead(stack, coupons(3), "expired")
    ordered(stack, "spring")
    left = stack.client.ttl(stack.keys.bulk_ids("spring"))
    assert bulk.LEFT_KEPT < left - 86_400 <= bulk.LEFT_KEPT + 3600, "over a step of a day too"
    stack.client.delete(stack.keys.bulk_ids("spring"))
    with pytest.raises(BulkRefused, match="is about 0 dead letters, not 3"):
        bulk.confirm(stack.store, "spring", 3, "ann")


def test_what_was_forgotten_while_it_ran_ends_the_act(stack, monkeypatch):
    monkeypatch.setattr(bulk_work, "PAGE", 1)
    dead(stack, coupons(3), "expired")
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 3, "ann")

    def forgets(seconds):
        stack.client.delete(stack.keys.bulk_ids("spring"))
        return False

    work(stack, forgets)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.left) == ("done", 1, 0)
    assert stack.client.scard(stack.keys.bulk_open) == 0


def test_what_is_purged_in_bulk_counts_as_purged(stack):
    dead(stack, coupons(6), "expired", "rejected")
    act = ordered(stack, "clean", "purge")
    bulk.confirm(stack.store, "clean", act.total, "ann")
    work(stack)
    totals = stack.status().totals
    assert (totals["purged"], totals["dead"]) == (3, 3)
    adds_up(stack)


def test_letters_of_another_system_stay_and_are_counted(stack):
    sent = dead(stack, coupons(2), "expired")
    letter = json.loads(stack.client.hget(stack.keys.dead_body, sent[0]))
    body = json.dumps({**letter, "system": "esputnik"})
    stack.client.hset(stack.keys.dead_body, sent[0], body)
    ordered(stack, "spring")
    bulk.confirm(stack.store, "spring", 2, "ann")
    work(stack)
    act = bulk.get(stack.store, "spring")
    assert (act.state, act.done, act.foreign, act.passed) == ("done", 1, 1, 0)
    assert stack.status().totals["dead"] == 1


def test_a_name_is_given_once_and_has_a_spelling(stack):
    ordered(stack, "spring")
    with pytest.raises(BulkRefused, match="there is a bulk act spring already"):
        bulk.order(stack.store, "spring", "purge", EXPIRED, "ann")
    with pytest.raises(BulkRefused, match="'Spring!' is no name of a bulk act"):
        bulk.order(stack.store, "Spring!", "purge", EXPIRED, "ann")
    with pytest.raises(BulkRefused, match="rate: 0 must be more than 0"):
        bulk.order(stack.store, "none", "purge", EXPIRED, "ann", rate=0)


def test_of_many_acts_the_oldest_that_have_ended_are_forgotten(stack, monkeypatch):
    monkeypatch.setattr(bulk, "KEPT", 2)
    dead(stack, coupons(1), "expired")
    ordered(stack, "waits")
    for number in range(4):
        ordered(stack, f"act{number}")
        bulk.stop(stack.store, f"act{number}", "ann")
    assert {one.name for one in bulk.every(stack.store)} == {"act3", "act2", "waits"}
    assert stack.client.exists(stack.keys.bulk_ids("act0")) == 0


def test_who_ordered_what_is_among_the_acts_without_persons(stack):
    dead(stack, coupons(8), "expired")
    wanted = Filter(reason="expired", contact="c0@shop.example")
    act = ordered(stack, "spring", wanted=wanted)
    bulk.confirm(stack.store, "spring", act.total, "ann")
    (line,) = acts.read(stack.store)
    assert (line.who, line.what, line.count) == ("ann", "replay in bulk", 2)
    assert line.on == "reason=expired contact=***"
    known = stack.client.hgetall(stack.keys.bulk_act("spring"))
    assert b"c0@shop.example" not in b" ".join(known.values())


def test_the_commands_stop_resume_and_tell(stack):
    dead(stack, coupons(4), "expired")
    ordered = ("dead", "replay", "--reason", "expired", "--bulk", "spring", "--rate", "1", "--yes")
    assert stack.run(*ordered).returncode == 0
    stopped = stack.run("bulk", "stop", "spring")
    assert stopped.stdout.decode() == "spring is stopped: 0 replayed, 4 left\n"
    assert b"batchline bulk resume spring goes on" in stack.run("bulk", "show", "spring").stdout
    assert stack.run("bulk", "resume", "spring").stdout == b"spring goes on: 4 left\n"
    status = stack.run("status").stdout.decode()
    assert "bulk act spring: running, 0 of 4 replayed" in status
    (shown,) = overview.read(stack.store, stack.settings).bulk
    assert (shown.name, shown.state) == ("spring", "running")
    assert b"waits for a worker" in stack.run("bulk", "show", "spring").stdout
    assert b"as fast as it goes" in stack.run("bulk", "pace", "spring").stdout
    assert b"reason=expired" in stack.run("bulk", "list").stdout
    row = stack.run_json("bulk", "list", "--json")
    assert (row["state"], row["left"], row["rate"]) == ("running", 4, None)
    unknown = stack.run("bulk", "show", "sprong")
    assert (unknown.returncode, unknown.stdout) == (4, b"")
    assert b"there is no bulk act 'sprong' (the last ones: spring)" in unknown.stderr


def test_an_act_that_is_not_confirmed_changes_nothing(stack):
    dead(stack, coupons(4), "expired")
    refused = stack.run("dead", "purge", "--all", "--bulk", "clean", stdin=b"n\n")
    assert refused.returncode == 2
    assert b"this is no terminal" in refused.stderr.lower()
    assert bulk.get(stack.store, "clean") is None
    assert stack.status().totals["dead"] == 4


@pytest.mark.parametrize(
    "more", [("default:event.add:0@1-0",), ("--all", "--limit", "2"), (), ("--all", "--dry-run")]
)
def test_a_bulk_act_takes_filters_alone(stack, more):
    refused = stack.run("dead", "replay", *more, "--bulk", "spring", "--yes")
    assert refused.returncode == 2
    assert bulk.every(stack.store) == []
