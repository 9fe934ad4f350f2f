"""Latencies counted for a whole batch are those of its messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.account import FloodGuard
from batchline.systems.columns import Columns
from batchline.systems.verdicts import Dead
from batchline.worker.delivery.batch import age
from batchline.worker.delivery.latency import LATE, Latencies, counted
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.store.batch import Batch
from batchline.worker.store.parking import Meta

LANE, NOW = Lane("default", "event.add"), 1_795_248_000_000
AGES = st.lists(st.integers(0, 4 * LATE), min_size=1, max_size=60).map(
    lambda ages: sorted(ages, reverse=True)
)


def batch_of(ages, returned=()):
    """A batch of messages so many ms old; those in `returned` were accepted an hour before."""
    ids = [f"{NOW - old}-{n}".encode() for n, old in enumerate(ages)]
    metas = {n: Meta(f"{LANE}@{NOW - ages[n] - 3_600_000}-0") for n in returned}
    blank = [b""] * len(ids)
    return Batch(LANE, ids, Columns("event.add", blank, blank, blank), metas)


def ledger_of(size, dead=()):
    ledger = Ledger(size, FloodGuard())
    ledger.apply(Step(delivered=[n for n in range(size) if n not in dead]))
    ledger.settle(dead, Dead("rejected", "no"))
    return ledger


@given(AGES, st.data(), st.integers(0, 5 * LATE))
def test_as_many_took_longer_as_of_the_single_messages(ages, data, millis):
    indexes = st.sets(st.integers(0, len(ages) - 1))
    returned, dead = data.draw(indexes), data.draw(indexes)
    batch, ledger = batch_of(ages, returned), ledger_of(len(ages), dead)
    single = [age(batch, n, NOW) for n in range(len(ages)) if n not in dead]
    found = Latencies(batch, ledger, NOW)
    assert len(found) == len(single)
    assert found.longer_than(millis) == sum(one > millis for one in single)


@given(AGES)
def test_the_sum_is_that_of_the_messages_up_to_the_spread_of_the_batch(ages):
    found = Latencies(batch_of(ages), ledger_of(len(ages)), NOW).sum()
    assert len(ages) * min(ages) <= found <= len(ages) * max(ages)
    if len(ages) < 32:
        assert found == sum(ages)


def test_a_lane_counts_late_messages_and_requests_that_failed_and_no_zeros():
    ledger = ledger_of(3)
    ledger.failed, ledger.unreachable = 2, 1
    late = counted(batch_of([LATE + 1, LATE, 0]), ledger, NOW)
    assert late == {"late": 1, "failed_requests": 3}
    assert counted(batch_of([0]), ledger_of(1), NOW) == {}
