"""Why nothing moves: each state of a lane has its answer, in words and with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.account import Limits
from batchline.worker.inspection import why
from batchline.worker.inspection.surroundings import Breaker, Surroundings, Use, Waits
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.pause import PausedBy

NOW = 1_800_000_000_000
LANE = Lane("default", "event.add", 2)
#: A lane with three messages that is due now, and a worker that knows its account.
DUE = LaneState(LANE, backlog=3, oldest=NOW - 5000, due=NOW - 100, numbers={"moved": NOW - 5000})
AROUND = Surroundings(
    now=NOW,
    workers={"w1": NOW - 200},
    accounts={"default": NOW - 200},
    waits={("default", "event.add"): Waits(1.0, 1000)},
    start="{batchline:0}:",
)
ERROR = {"error": "HTTP 503: Service Unavailable"}


def lane(due=NOW, numbers=(), texts=(), **fields):
    return replace(
        DUE,
        due=due,
        numbers={**DUE.numbers, **dict(numbers)},
        texts={"hold": "1", **dict(texts)},
        **fields,
    )


def around(**fields):
    return replace(AROUND, **fields)


def waits(numbers=(), texts=()):
    """A lane that was told to wait for 40 s."""
    return lane(NOW + 40_000, {"retry_at": NOW + 40_000, **dict(numbers)}, texts)


LEASED = lane(
    NOW + 30_000,
    {"until": NOW + 30_000, "claims": 1, "in_flight": 3},
    {"token": "w1-abc"},
)
USED_UP = {"default": Use(Limits(per_second=5), last_second=5)}
PAUSED = {"default:event.add": "stocktaking"}
BREAKER = {"waits_with": "{batchline:0}:breaker:default:event.add", **ERROR}
HOST = {"waits_with": "{batchline:0}:breaker@api.example:443", "error": "ConnectError"}
OPEN = {one["waits_with"]: Breaker("open", NOW + 40_000) for one in (BREAKER, HOST)}

TABLE = [
    ("empty", LaneState(LANE), AROUND, "nothing waits", ""),
    ("due", replace(DUE, texts={}), AROUND, "a worker takes it as soon as it has a free place", ""),
    # Paused, by whoever it was.
    (
        "paused",
        DUE,
        around(paused=PAUSED, paused_by={"default:event.add": PausedBy("ann", NOW - 600_000)}),
        "default:event.add is paused by ann, 10 min ago: stocktaking",
        "batchline resume default:event.add",
    ),
    (
        "paused",
        DUE,
        around(paused={"default": "credentials refused: HTTP 401"}),
        "default is paused: credentials refused: HTTP 401",
        "mend them, restart the workers, then batchline resume default",
    ),
    # An operator who has just paused it asks, and nothing has come yet.
    (
        "paused",
        LaneState(LANE),
        around(paused=PAUSED),
        "default:event.add is paused: stocktaking",
        "batchline resume default:event.add",
    ),
    # All parked.
    (
        "parked",
        LaneState(LANE, numbers={"parked": 7, "parked_contact_missing": 4, "parked_behind": 1}),
        around(comes_back={str(LANE): NOW + 120_000}),
        "all its messages are parked: 4 contact, 1 behind, 2 delayed; the next comes back in 2 min",
        "",
    ),
    ("parked", LaneState(LANE, numbers={"parked": 7}), AROUND, "parked: 7 delayed", ""),
    # Nobody is there.
    (
        "no_worker",
        DUE,
        around(workers={"w1": NOW - 3_600_000}),
        "no worker runs: the last was seen 60 min ago",
        "start one: batchline worker",
    ),
    ("no_worker", DUE, around(workers={}), "none was seen for a day", "batchline worker"),
    (
        "no_worker",
        LaneState(LANE, numbers={"parked": 7}),
        around(workers={}, comes_back={str(LANE): NOW - 1}),
        "no worker runs",
        "batchline worker",
    ),
    (
        "unknown_account",
        DUE,
        around(accounts={"other": NOW}),
        "no worker that runs has the account default in its settings",
        "put [accounts.default] into their settings, and restart them",
    ),
    (
        "unknown_account",
        lane(texts={"trouble": "unknown_account"}),
        AROUND,
        "no worker that runs has the account default",
        "restart them",
    ),
    # The next message cannot be delivered.
    (
        "trouble",
        lane(NOW + 900, {"retry_at": NOW + 900}, {"trouble": "foreign", "error": "for esputnik"}),
        AROUND,
        "its account belongs to another system now than its messages are made for: for esputnik",
        "give default its former system back",
    ),
    (
        "stalled",
        lane(NOW - 700_000, {"moved": NOW - 700_000}, oldest=NOW - 700_000),
        AROUND,
        "it stands still for 12 min, though it is due",
        "batchline resume default:event.add:2",
    ),
    # A claimed lane moves, unless its worker is gone.
    ("lease", LEASED, AROUND, "it moves: the worker w1 delivers 3 of its messages", ""),
    ("lease", LEASED, around(use=USED_UP), "; the account's limits are used up", ""),
    (
        "lease",
        LEASED,
        around(workers={"w1": NOW - 60_000, "w2": NOW}),
        "the worker w1 has taken 3 of its messages, and gives no sign of life; its lease",
        "",
    ),
    # It waits, and goes on by itself.
    (
        "breaker",
        waits({"attempts": 5}, BREAKER),
        around(breakers=OPEN),
        "the breaker of default:event.add is open: so much fails; one lane tries again in 40 s: "
        "HTTP 503: Service Unavailable",
        "to try now: batchline resume default:event.add",
    ),
    (
        "host",
        waits({"attempts": 5}, HOST),
        around(breakers=OPEN),
        "the host api.example:443 is not reached; one lane tries again in 40 s: ConnectError",
        "check the name, the network, the proxy",
    ),
    (
        "backoff",
        waits({"attempts": 3}, BREAKER),
        AROUND,
        "the API failed 3 times in a row; tried again in 40 s: HTTP 503: Service Unavailable",
        "batchline resume default:event.add:2",
    ),
    (
        "rate_limit",
        waits(),
        around(use=USED_UP),
        "the account's limits are used up",
        "",
    ),
    (
        "rate_limit",
        waits(),
        around(use={"default": Use(locked=NOW + 60_000)}),
        "the API lets nothing through; it goes on in 60 s",
        "",
    ),
    ("rate_limit", waits(texts={"trouble": "rate_limited"}), AROUND, "limits are used up", ""),
    ("asks", waits(texts={"sending": "[]"}), AROUND, "a request had no answer", ""),
    ("waits", waits(), AROUND, "it was told to wait; it goes on in 40 s", ""),
    (
        "linger",
        replace(DUE, due=NOW + 800),
        AROUND,
        "it lingers for a fuller batch: 3 of 1,000; sent in 1 s",
        "",
    ),
    ("dispatched", lane(NOW + 30_000), AROUND, "a worker was told to deliver it", ""),
    (
        "unscheduled",
        replace(DUE, due=None),
        AROUND,
        "nobody has set when it is due",
        "batchline resume default:event.add:2",
    ),
]


@pytest.mark.parametrize(("kind", "one", "surroundings", "text", "do"), TABLE)
def test_each_state_has_its_answer(kind, one, surroundings, text, do):
    answer = why.of_lane(one, surroundings)
    assert answer.kind == kind
    assert text in answer.text
    assert do in answer.do
    assert bool(do) or not answer.needs_a_person


def test_every_kind_of_answer_is_in_the_table():
    assert {kind for kind, *_ in TABLE} == set(why.Kind.__args__)


def test_lanes_with_one_answer_are_told_together_and_what_needs_a_person_first():
    lanes = [
        replace(DUE, lane=Lane("default", "event.add", 0), backlog=9, due=NOW + 500),
        replace(DUE, lane=Lane("default", "event.add", 1)),
        replace(DUE, lane=Lane("default", "event.add", 2), due=NOW + 900),
        LaneState(Lane("default", "event.add", 3)),
    ]
    paused = around(paused={"default:event.add:1": "x"})
    first, second = why.of_lanes(lanes, paused)
    assert (first.answer.kind, first.lanes, first.backlog) == (
        "paused",
        ("default:event.add:1",),
        3,
    )
    assert (second.answer.kind, len(second.lanes), second.backlog) == ("linger", 2, 12)
    assert second.answer.seconds == 0.9


def test_lanes_that_are_all_empty_have_one_answer():
    (only,) = why.of_lanes([LaneState(LANE)], AROUND)
    assert only.answer.kind == "empty"
