"""Guests of a lane: what their answers do to the batch."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.account import FloodGuard, Jobs
from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import Dead, DestinationFailed, Judged
from batchline.worker.delivery.batch import Delivery
from batchline.worker.store.lease import Entry

OPERATION = EffectiveOperation(
    linger=1, batch_size=10, batch_bytes=10_000, partitions=1, backlog_limit=1, ambiguous="hold"
)
LARGE = DestinationFailed("the answer is too large", ambiguous=True, too_large=True)
LOST = DestinationFailed("no answer within timeout.read", ambiguous=True)


class System:
    def plan(self, items, operation, settings, account):
        return [[Request(operation, "/planned", tuple(items))]]


def delivery(*operations):
    account = SimpleNamespace(lease=60, jobs=Jobs(), flood_guard=FloodGuard())
    context = SimpleNamespace(account=account, system=System())
    lease = SimpleNamespace(lane=Lane("default", "event.add"), mark="")
    options = ["" if name == "event.add" else f'{{"op":"{name}"}}' for name in operations]
    batch = [Entry(f"{n}-0", "", text, b"{}", None) for n, text in enumerate(options)]
    return Delivery(context, lease, OPERATION, batch)


def request(*operations):
    items = [Item(b"{}", "", "", (n,), name) for n, name in enumerate(operations)]
    return Request(operations[0], "/x", tuple(items))


def test_a_guest_whose_answer_is_too_large_does_not_hold_up_its_lane():
    both = request("event.update", "event.update")
    made = delivery("event.update", "event.update")
    assert [wave[0].items for wave in made._note(both, LARGE)] == [both.items[:1], both.items[1:]]
    assert made._note(both.halves()[0], LARGE) == []
    assert made._verdicts == [Dead("rejected", LARGE.detail), None]
    assert made._failure is None


def test_a_guest_without_an_answer_stays_to_be_sent_again_whatever_the_lanes_policy():
    made = delivery("event.update")
    made._note(request("event.update"), LOST)
    assert (made._verdicts, made._failure) == ([None], LOST)


def test_an_event_folded_into_its_deletion_is_not_held_for_it():
    made = delivery("event.add", "event.delete")
    folded = Item(b"{}", "", "", (0, 1), "event.delete")
    made._note(replace(request("event.delete"), items=(folded,)), LOST)
    assert made._verdicts == [None, None]


@pytest.mark.parametrize("operation", ["event.add", "event.update"])
def test_an_item_that_an_answer_completes_is_planned_anew_and_not_delivered(operation):
    made = delivery(operation)
    ((planned,),) = made._note(request(operation), Judged(again={0: b'{"eventId":"e"}'}))
    assert (planned.path, planned.items[0].payload) == ("/planned", b'{"eventId":"e"}')
    assert made._verdicts == [None]
