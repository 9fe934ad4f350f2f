"""Any interleaving of enqueue, claim, settle and crash, against the real server.

The model is a list per lane and a set of ended messages. What is checked after every step: each
accepted message is in exactly one place, the lane's order holds, the counters add up, and a lane
with messages is never forgotten by the scheduler.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchline.producers import Duplicate, LaneFull, Outgoing, Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.systems.verdicts import DELIVERED, Behind, ContactMissing, Dead, DestinationFailed
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import settle
from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.change import Next, decide
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.inspection import status
from batchline.worker.inspection.why import parked_by
from batchline.worker.runtime.dispatcher import dispatch
from batchline.worker.store import lane_states, lease
from batchline.worker.store.batch import entries
from batchline.worker.store.lease import NotClaimed
from batchline.worker.store.message_ids import in_order, parked_member
from batchline.worker.store.parking import unpark
from tests.fake_api import BACKLOG, BATCH, OVER, SMALL_LANES

LANE = Lane("default", "coupon.redeem")
VERDICTS = st.sampled_from(
    [DELIVERED, DELIVERED, ContactMissing(), Behind(0.0), Dead("rejected", "no"), None]
)


def ids_of(batch):
    return batch.message_ids(range(len(batch)))


class LaneMachine(RuleBasedStateMachine):
    """Set by the test: store, producer, account."""

    store = producer = account = None

    @initialize()
    def empty(self):
        self.client, self.keys = self.store.client, self.store.keys
        self.client.flushall()
        self.waiting: list[str] = []  # ids in the lane, in order
        self.parked: set[str] = set()
        self.died = 0
        self.dead: set[str] = set()
        self.delivered: set[str] = set()
        self.by_key: dict[str, str] = {}
        self.held = None  # (lease, batch) of the live owner
        self.crashed = []  # (lease, batch) of owners whose lease ran out
        self.number = 0

    @rule(count=st.integers(1, 7))
    def enqueue(self, count):
        outgoing = [Outgoing(self._message()) for _ in range(count)]
        if len(self.waiting) + len(self.parked) + count > BACKLOG:
            with pytest.raises(LaneFull):
                self.producer.send_all(outgoing)
        else:
            self.waiting += self.producer.send_all(outgoing)

    @rule(key=st.sampled_from("abc"), anew=st.booleans())
    def enqueue_with_key(self, key, anew):
        first = self.by_key.get(key)
        send = partial(self.producer.send, self._message(), idempotency_key=key, anew=anew)
        if first in self.dead and not anew:
            with pytest.raises(Duplicate) as told:
                send()
            assert (told.value.message_id, told.value.state) == (first, "dead")
        elif first is not None and first not in self.dead:
            assert send() == first
        elif len(self.waiting) + len(self.parked) >= BACKLOG:
            with pytest.raises(LaneFull):
                send()
        else:
            self.by_key[key] = send()
            self.waiting.append(self.by_key[key])

    @precondition(lambda self: len(self.waiting) + len(self.parked) < BACKLOG)
    @rule()
    def enqueue_for_later(self):
        self.parked.add(self.producer.send(self._message(), delay=3600))

    @rule()
    def dispatch(self):
        for name, waiting in dispatch(self.store):
            assert (name, waiting) == (str(LANE), len(self.waiting))

    @rule()
    def claim(self):
        claimed = lease.claim(self.store, LANE, 3600, BATCH, "api:443")
        if self.held is not None:
            assert isinstance(claimed, NotClaimed)
            assert claimed.code == "busy"
        elif not isinstance(claimed, NotClaimed):
            assert ids_of(claimed[1]) == self.waiting[:BATCH]
            self.held = claimed
        else:
            assert claimed.code == "early" or (claimed.code, self.waiting) == ("empty", [])

    @rule()
    def crash(self):
        """The owner dies: its lease runs out."""
        if self.held is not None:
            self.crashed.append(self.held)
            self.held = None
            self.client.hset(self.keys.state(LANE), mapping=OVER)

    @rule(verdicts=st.lists(VERDICTS, min_size=BATCH, max_size=BATCH), go_on=st.booleans())
    def settle_batch(self, verdicts, go_on):
        if self.held is None:
            return
        taken, batch = self.held
        verdicts = verdicts[: len(batch)]
        failing = None in verdicts
        failure = DestinationFailed("HTTP 503") if failing else None
        following = Next("back off", 0) if failing else Next("go on" if go_on else "release", 3600)
        ready = self._settle(taken, batch, verdicts, failure, following)
        for message_id, verdict in zip(ids_of(batch), verdicts, strict=True):
            self._note(message_id, verdict)
        self.held = ready
        if ready is not None:
            assert ids_of(ready[1]) == self.waiting[:BATCH]

    @rule()
    def late_settle_of_the_dead_changes_nothing(self):
        if self.crashed and self.held is not None:
            taken, batch = self.crashed.pop()
            before = self.client.hgetall(self.keys.state(LANE))
            assert (
                self._settle(taken, batch, [DELIVERED] * len(batch), None, Next("release")) is None
            )
            assert self.client.hgetall(self.keys.state(LANE)) == before

    @rule()
    def time_passes_for_the_parked(self):
        for message_id in self.parked:
            self.client.zadd(self.keys.parked, {parked_member(message_id): 0})
        order = sorted(self.parked, key=in_order)
        assert unpark(self.store) == len(order)
        self.waiting += order
        self.parked.clear()

    @rule()
    def replay_the_dead(self):
        found = [letter.id for letter in dead_letters.find(self.store)]
        assert set(found) == self.dead
        assert dead_letters.act(self.store, "replay", found) == len(found)
        self.waiting += found
        self.dead.clear()

    @invariant()
    def every_message_is_in_exactly_one_place(self):
        found = entries(self.client.xrange(self.keys.stream(LANE)))
        assert [entry.id(LANE) for entry in found] == self.waiting
        assert {id_.decode() for id_ in self.client.hkeys(self.keys.parked_body)} == self.parked
        assert {id_.decode() for id_ in self.client.hkeys(self.keys.dead_body)} == self.dead
        everywhere = [*self.waiting, *self.parked, *self.dead, *self.delivered]
        assert len(set(everywhere)) == len(everywhere)

    @invariant()
    def the_counters_add_up(self):
        totals = status.read(self.store).totals
        assert totals["backlog"] == len(self.waiting)
        assert (totals["parked"], totals["dead"]) == (len(self.parked), len(self.dead))
        assert totals["delivered"] == len(self.delivered)
        names = ("delivered", "parked", "dead", "purged", "erased", "backlog")
        ended = sum(totals[name] for name in names)
        assert totals["accepted"] == ended

    @invariant()
    def what_is_parked_is_counted_by_its_reason(self):
        bodies = self.client.hvals(self.keys.parked_body)
        reasons = Counter(json.loads(body)["reason"] for body in bodies)
        for state in lane_states.read(self.store):
            assert parked_by(state) == {
                "contact": reasons["contact_missing"],
                "behind": reasons["behind"],
                "suspects": 0,
                "ambiguous": reasons["ambiguous"],
                "delayed": reasons["delayed"],
            }
            assert state["died"] == self.died

    @invariant()
    def a_lane_with_messages_is_due_some_time(self):
        due = self.client.zscore(self.keys.due, str(LANE))
        assert (due is not None) or not self.waiting

    def _message(self):
        self.number += 1
        return CouponRedemption(email="a@b.pl", coupon=f"C{self.number}")

    def _settle(self, taken, batch, verdicts, failure, following):
        ledger = Ledger(len(batch), self.account.flood_guard)
        for index, verdict in enumerate(verdicts):
            if verdict is not None:
                ledger.settle((index,), verdict)
        ledger.apply(Step(answered=1, stop=failure))
        result, keys = BatchResult(ledger, 1, "", 0.0), self.store.keys
        change = decide(taken, batch, result, self.account, keys, 1_795_248_000_000, 1000)
        operation = self.account.operation(LANE.operation)
        return settle.settle(self.store, taken, change, following, operation, 1000).next

    def _note(self, message_id, verdict):
        if verdict is None:
            return
        self.waiting.remove(message_id)
        if verdict is DELIVERED:
            self.delivered.add(message_id)
        elif isinstance(verdict, ContactMissing | Behind) and message_id in self._parked_now():
            self.parked.add(message_id)
        else:
            self.dead.add(message_id)
            self.died += 1

    def _parked_now(self):
        return {id_.decode() for id_ in self.client.hkeys(self.keys.parked_body)}


@pytest.mark.timeout(300)
def test_no_interleaving_loses_a_message_or_its_place(store, redis_url, tmp_path, monkeypatch):
    (tmp_path / "batchline.toml").write_text(f'redis_url = "{redis_url}"\n{SMALL_LANES}')
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    loaded = Settings.load()
    LaneMachine.store = store
    LaneMachine.account = loaded.account("default")
    with Producer(loaded) as producer:
        LaneMachine.producer = producer
        run_state_machine_as_test(
            LaneMachine,
            settings=settings(
                max_examples=60,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
