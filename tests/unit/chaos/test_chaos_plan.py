"""The plan of a chaos run: a function of the seed, and fair."""

from __future__ import annotations

from itertools import pairwise

import pytest

from batchline.sandbox.faults import Fault
from tests.chaos.plan import LATE, PROCESS_KINDS, SANDBOX_CARDS, WORKERS, draw

SEEDS = range(20)


def lines(seed, seconds=120):
    return [str(injection) for injection in draw(seed, seconds)]


def test_the_same_seed_has_the_same_plan():
    assert lines(7) == lines(7)


def test_another_seed_has_another_plan():
    assert lines(7) != lines(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_comes_within_five_minutes(seed):
    kinds = {injection.kind for injection in draw(seed, 300)}
    assert kinds >= {"lasting.operation", "lasting.slowness"}
    assert kinds >= PROCESS_KINDS.keys() | {f"sandbox.{card.kind}" for card in SANDBOX_CARDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_has_ended_when_the_time_is_over(seed):
    plan = draw(seed, 60)
    assert max(injection.ends for injection in plan) <= 60
    assert plan == sorted(plan)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_process_is_hurt_again_only_when_it_is_back(seed):
    for target in (*WORKERS, "redis"):
        mine = [one for one in draw(seed, 600) if one.target == target]
        assert all(first.ends < second.at for first, second in pairwise(mine))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sandbox_takes_every_fault(seed):
    for injection in draw(seed, 300):
        kind = injection.kind.removeprefix("sandbox.")
        if kind != injection.kind:
            fields = dict(injection.fault)
            match = {"operation": fields.pop("operation")}
            Fault.from_json({"kind": kind, "match": match, **fields})


@pytest.mark.parametrize("seed", SEEDS)
def test_delays_never_add_up(seed):
    slow = [one for one in draw(seed, 600) if one.kind == "sandbox.latency"]
    assert all(first.ends + LATE <= second.at for first, second in pairwise(slow))
