"""The shares of the accounts in one worker."""

from __future__ import annotations

from batchline.worker.runtime.shares import Shares
from batchline.worker.store import clock


def shares(most=2, grace=30.0, freed=lambda: None):
    return Shares(most, grace, freed)


def test_what_is_dispatched_and_what_runs_fill_the_account_s_share():
    ours = shares()
    ours.dispatched(["a:event.add:0", "b:event.add:0"])
    with ours.running("a:event.add:1"):
        assert ours.free() == {"a": 0, "b": 1}
    assert ours.free() == {"a": 1, "b": 1}


def test_a_lane_that_begins_is_counted_once():
    ours = shares()
    ours.dispatched(["a:event.add:0"])
    with ours.running("a:event.add:0"):
        assert ours.free() == {"a": 1}
    assert ours.free() == {}


def test_a_dispatched_lane_whose_task_is_lost_counts_no_more_after_the_grace(monkeypatch):
    ours = shares(grace=30.0)
    ours.dispatched(["a:event.add:0"])
    later = clock.seconds() + 30.1
    monkeypatch.setattr(clock, "seconds", lambda: later)
    assert ours.free() == {}


def test_lanes_that_are_not_sent_after_all_count_no_more():
    ours = shares()
    ours.dispatched(["a:event.add:0", "a:event.add:1"])
    ours.withdrawn(["a:event.add:1"])
    assert ours.free() == {"a": 1}


def test_the_end_of_a_lane_is_told_only_where_its_account_was_full():
    told = []
    ours = shares(most=2, freed=lambda: told.append(True))
    with ours.running("a:event.add:0"), ours.running("b:event.add:0"):
        pass
    assert told == []
    with ours.running("a:event.add:0"):
        ours.dispatched(["a:event.add:1"])
        with ours.running("b:event.add:0"):
            pass
        assert told == []
    assert told == [True]


def test_a_lane_that_ends_by_an_error_gives_its_place_back():
    ours = shares()
    try:
        with ours.running("a:event.add:0"):
            raise KeyError
    except KeyError:
        pass
    assert ours.free() == {}


def test_what_never_begins_is_stuck_until_something_begins_or_nothing_was_lost_lately(monkeypatch):
    now = clock.seconds()
    monkeypatch.setattr(clock, "seconds", lambda: now)
    lanes = shares(grace=30.0)
    lanes.dispatched(["a:event.add:0"])
    assert not lanes.is_stuck()
    now += 30.1
    assert lanes.is_stuck()
    with lanes.running("b:event.add:0"):
        assert not lanes.is_stuck()
    lanes.dispatched(["a:event.add:0"])
    now += 30.1
    assert lanes.is_stuck()
    now += 60.1
    assert not lanes.is_stuck()
