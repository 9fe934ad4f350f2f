"""`return_grants.lua`: what a 429 does to all lanes of an account whose API then locks it."""

from __future__ import annotations

from typing import ClassVar

import pytest

from batchline.systems.account import Lockout
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.verdicts import DestinationFailed, Judged
from batchline.worker.delivery import rate_limits as limits

EXCESS = DestinationFailed("HTTP 429", throttled=True)


class Locked(SmartsenderAccount):
    """Times of another API, so that every one of them shows: 10, 13, 16, 19, 20, 20 s."""

    lockout: ClassVar[Lockout | None] = Lockout(10, 3, 20)


class Unlocked(SmartsenderAccount):
    lockout: ClassVar[Lockout | None] = None


class Turns:
    """One account's requests."""

    def __init__(self, store, kind=Locked, **allowed):
        self.store = store
        self.ended = store.keys.limits("default")[2]
        self.account = kind(system="smartsender", token="t", limits=allowed)

    def take(self, wanted=1):
        return limits.take(self.store, "default", self.account, wanted, 5)

    def give_back(self, grant, *outcomes):
        limits.release(self.store, "default", self.account, grant, outcomes)

    def send(self, *outcomes):
        """A turn that is answered so; it must be granted."""
        grant = self.take(len(outcomes))
        assert grant.requests == len(outcomes)
        self.give_back(grant, *outcomes)

    def locked(self):
        """Seconds for which nothing is granted."""
        grant = self.take()
        assert (grant.requests == 0) == (grant.wait > 0)
        return grant.wait

    def let_pass(self):
        """The lock's time is over."""
        assert self.store.client.hget(self.ended, "locked") is not None
        self.store.client.hset(self.ended, "locked", 1)


@pytest.fixture
def turns(store):
    return Turns(store)


def about(seconds):
    return pytest.approx(seconds, abs=1.5)


def test_every_further_429_in_a_row_locks_longer_up_to_the_longest(turns):
    for seconds in (10, 13, 16, 19, 20, 20, 20):
        turns.send(EXCESS)
        assert turns.locked() == about(seconds)
        turns.let_pass()


def test_the_vendors_times_are_60_seconds_more_each_time_up_to_720(store):
    turns = Turns(store, SmartsenderAccount)
    for seconds in [*range(60, 721, 60), 720]:
        turns.send(EXCESS)
        assert turns.locked() == about(seconds)
        turns.let_pass()


def test_an_answer_after_the_lock_ends_the_row(turns):
    turns.send(EXCESS)
    turns.let_pass()
    turns.send(EXCESS)
    turns.let_pass()
    turns.send(Judged())
    turns.send(EXCESS)
    assert turns.locked() == about(10)


def test_each_429_of_one_turn_counts_for_each_is_an_excess_at_the_api(turns):
    turns.send(Judged(), EXCESS, EXCESS, EXCESS)
    assert turns.locked() == about(16)


def test_a_success_that_was_sent_before_the_lock_does_not_end_it(turns):
    early = turns.take()
    turns.send(EXCESS)
    turns.give_back(early, Judged())
    assert turns.locked() == about(10)
    turns.let_pass()
    turns.send(EXCESS)
    assert turns.locked() == about(13)


def test_two_lanes_that_are_refused_at_the_same_time_lock_for_both(turns):
    one, other = turns.take(), turns.take()
    turns.give_back(one, EXCESS)
    turns.give_back(other, EXCESS)
    assert turns.locked() == about(13)


def test_a_retry_after_is_taken_at_its_word(turns):
    for _ in range(3):
        turns.send(DestinationFailed("HTTP 429", retry_after=4, throttled=True))
        assert turns.locked() == about(4)
        turns.let_pass()


def test_a_failure_that_is_no_429_locks_nothing(turns):
    turns.send(DestinationFailed("HTTP 503"))
    assert turns.locked() == 0


def test_an_account_whose_api_does_not_lock_goes_on_after_a_429(store):
    turns = Turns(store, Unlocked, per_second=1000)
    turns.send(EXCESS)
    assert turns.locked() == 0
