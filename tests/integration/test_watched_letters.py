"""What a page that watches a replayed letter is told."""

from __future__ import annotations

import pytest

from batchline.systems.identities import identity
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.erasure import act
from batchline.worker.inspection import watch
from tests.builders import ANN, contact, event
from tests.letters import dead, kill_all
from tests.waiting import until


@pytest.fixture
def replayed(stack):
    """Two dead letters, one of which is replayed; their ids, and UNIX ms before that."""
    ids = dead(stack, [contact(ANN), contact("bob@shop.example")])
    began = stack.client.time()[0] * 1000
    assert dead_letters.replay(stack.store, ids[:1]).done == 1
    return *ids, began


def test_a_replayed_letter_waits_and_is_then_delivered(stack, replayed):
    first, _, began = replayed
    seen = watch.look(stack.store, first, began)
    assert (seen.state, seen.is_over) == ("waiting", False)
    stack.worker()
    until(lambda: watch.look(stack.store, first, began).state == "delivered", "it is delivered")
    seen = watch.look(stack.store, first, began)
    assert seen.is_over
    assert seen.sent_at >= began
    assert watch.look(stack.store, first, seen.looked).is_over


def test_one_that_dies_again_is_dead_and_one_that_is_purged_is_purged(stack, replayed):
    first, second, began = replayed
    kill_all(stack, "expired")
    seen = watch.look(stack.store, first, began)
    assert (seen.state, seen.location.reason, seen.is_over) == ("dead", "expired", True)
    dead_letters.purge(stack.store, [first, second], 60)
    assert {watch.look(stack.store, one, began).state for one in (first, second)} == {"purged"}


def test_one_that_is_erased_after_it_was_replayed_is_not_waited_for(stack, replayed):
    first, _, began = replayed
    ordered = act.order(stack.store, [identity("email", ANN)], "eve")
    act.work(stack.store, stack.settings, lambda seconds: False, ordered.name)
    seen = watch.look(stack.store, first, began)
    assert (seen.state, seen.is_over) == ("erased", True)


def test_one_whose_contact_is_missing_is_parked(stack):
    stack.configure(("every = 0.5, until = 1.5", "every = 600, until = 6000"))
    (one,) = dead(stack, [event(1, "nobody@shop.example")])
    began = stack.client.time()[0] * 1000
    dead_letters.replay(stack.store, [one])
    stack.worker()
    until(lambda: watch.look(stack.store, one, began).state == "parked", "it is parked")
    assert not watch.look(stack.store, one, began).is_over


def test_what_is_no_message_id_is_refused(stack):
    with pytest.raises(ValueError, match="no message id"):
        watch.look(stack.store, "nonsense", 0)
