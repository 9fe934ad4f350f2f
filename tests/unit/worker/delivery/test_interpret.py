"""What an outcome of one request means for its batch: a row for each case."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from batchline.systems.columns import Columns, Item, Run
from batchline.systems.requests import Endpoint
from batchline.systems.verdicts import (
    DELIVERED,
    Ambiguous,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Refused,
    Unshown,
    Verified,
    VerifyLater,
)
from batchline.worker.delivery.interpret import (
    KEPT,
    MOST_QUESTIONS,
    Rules,
    interpret,
    interpret_question,
)
from batchline.worker.delivery.ledger import Step

#: Messages 0 to 4 are of the lane's operation, 5 and 6 share it for the sake of order.
OWN = 5
COLUMNS = Columns.of(
    "event.add",
    [(f"c{n // 2}", "" if n < OWN else '{"op":"event.update"}', b"%d" % n) for n in range(7)],
)
ENDPOINT = Endpoint("/x", lambda *_: b"", lambda *_: None)
PLANNED = Endpoint("/planned", lambda *_: b"", lambda *_: None)

BUSY = DestinationFailed("HTTP 503")
LOST = DestinationFailed("no answer within timeout.read", ambiguous=True)
SLOW = DestinationFailed("HTTP 429", retry_after=7.0, throttled=True)
LARGE = DestinationFailed("the answer is too large", ambiguous=True, too_large=True)
GONE = DestinationFailed("connection refused", unreachable=True)
DENIED = CredentialsRefused("no such key")
BAD = Dead("rejected", "no such product")
MISSING = ContactMissing()
VAGUE = Ambiguous("the answer does not say")
UNCLEAR = Dead("ambiguous", VAGUE.detail)


def rules(policy="resend"):
    return Rules(
        operation="event.add",
        policy=policy,
        verify_after=30.0,
        own=lambda indexes: [index for index in indexes if index < OWN],
        plan=lambda items: [[PLANNED.request(items)]],
        item=COLUMNS.item,
    )


def request(*indexes, operation="event.add"):
    return replace(ENDPOINT.request(Run(COLUMNS, indexes)), operation=operation)


def folded(*indexes):
    """A request of one item that stands for several messages."""
    item = Item(b"merged", "c0", "", indexes, "event.add")
    return ENDPOINT.request(Run(COLUMNS, indexes[:1], {indexes[0]: item}))


def told(step):
    """What differs from a step that changes nothing; sequences as lists, requests as their
    messages."""
    nothing = Step()
    changed = {
        one.name: getattr(step, one.name)
        for one in fields(step)
        if getattr(step, one.name) not in (getattr(nothing, one.name), [])
    }
    for name in ("delivered", "certain"):
        if name in changed:
            changed[name] = list(changed[name])
    if "parked" in changed:
        changed["parked"] = [verdict for _, verdict in changed["parked"]]
    if "job" in changed:
        changed["job"] = (changed["job"][0], [item.messages for item in changed["job"][1]])
    if "resend" in changed:
        changed["resend"] = [
            [(one.endpoint.path, [item.messages for item in one.items]) for one in wave]
            for wave in changed["resend"]
        ]
    if "ask" in changed:
        changed["ask"] = [[item.messages for item in one.items] for one in changed["ask"]]
    return changed


THREE = request(0, 1, 2)
SHARING = request(5, 6, operation="event.update")

CASES = {
    "all delivered": (THREE, Judged(), "resend", {"delivered": [0, 1, 2], "answered": 1}),
    "one rejected at once": (
        THREE,
        Judged({1: BAD}),
        "resend",
        {"delivered": [0, 2], "verdicts": {1: BAD}, "answered": 1},
    ),
    "one without its contact": (
        THREE,
        Judged({0: MISSING}),
        "resend",
        {"delivered": [1, 2], "verdicts": {0: MISSING}, "parked": [MISSING], "answered": 1},
    ),
    "a merged item delivered": (
        folded(0, 1, 2),
        Judged(),
        "resend",
        {"delivered": [0, 1, 2], "merged": 2, "answered": 1},
    ),
    "a merged item rejected": (
        folded(0, 1),
        Judged({0: BAD}),
        "resend",
        {"verdicts": {0: BAD, 1: BAD}, "answered": 1},
    ),
    "a job holds what was taken and not what was rejected at once": (
        THREE,
        Judged({1: BAD}, job="s"),
        "resend",
        {"delivered": [0, 2], "verdicts": {1: BAD}, "answered": 1, "job": ("s", [(0,), (2,)])},
    ),
    "a job of which nothing was taken is not asked about": (
        request(0),
        Judged({0: BAD}, job="s"),
        "resend",
        {"verdicts": {0: BAD}, "answered": 1},
    ),
    "the API's own ids": (
        folded(0, 1),
        Judged(ids={0: "e7"}),
        "resend",
        {"delivered": [0, 1], "merged": 1, "answered": 1, "api_ids": {0: "e7", 1: "e7"}},
    ),
    "an item that the answer completes is planned anew": (
        request(3),
        Judged(again={0: b"full"}),
        "resend",
        {"answered": 1, "unsaved": True, "resend": [[("/planned", [(3,)])]]},
    ),
    "an unclear item, to be sent again": (
        request(0, 1),
        Judged({0: VAGUE}),
        "resend",
        {
            "delivered": [1],
            "verdicts": {0: ContactMissing(VAGUE.detail)},
            "parked": [ContactMissing(VAGUE.detail)],
            "answered": 1,
        },
    ),
    "an unclear item, to be held": (
        request(0, 1),
        Judged({0: VAGUE}),
        "hold",
        {"delivered": [1], "verdicts": {0: UNCLEAR}, "answered": 1},
    ),
    "an unclear item, to be asked about": (
        request(0, 1),
        Judged({0: VAGUE}),
        "verify",
        {
            "delivered": [1],
            "stop": VerifyLater(30.0, VAGUE.detail),
            "unanswered": {0: 1},
            "answered": 1,
        },
    ),
    "an unclear item of another operation is sent again": (
        SHARING,
        Judged({0: VAGUE}),
        "hold",
        {
            "delivered": [6],
            "verdicts": {5: ContactMissing(VAGUE.detail)},
            "parked": [ContactMissing(VAGUE.detail)],
            "answered": 1,
        },
    ),
    "refused as a whole: its halves": (
        THREE,
        Refused("no"),
        "resend",
        {
            "answered": 1,
            "certain": [0, 1, 2],
            "unsaved": True,
            "resend": [[("/x", [(0,)])], [("/x", [(1,), (2,)])]],
        },
    ),
    "refused merged: its messages one by one, each planned": (
        folded(0, 1),
        Refused("no"),
        "resend",
        {
            "answered": 1,
            "certain": [0, 1],
            "unsaved": True,
            "resend": [[("/planned", [(0,)])], [("/planned", [(1,)])]],
        },
    ),
    "refused alone: a dead letter": (
        request(4),
        Refused("no"),
        "verify",
        {
            "answered": 1,
            "certain": [4],
            "unsaved": True,
            "rejected": 1,
            "verdicts": {4: Dead("rejected", "no")},
        },
    ),
    "failed for certain": (
        THREE,
        BUSY,
        "hold",
        {"failed": 1, "stop": BUSY, "certain": [0, 1, 2]},
    ),
    "the host was not reached": (
        THREE,
        GONE,
        "hold",
        {"unreachable": 1, "stop": GONE, "certain": [0, 1, 2]},
    ),
    "throttled is no failure": (THREE, SLOW, "resend", {"stop": SLOW, "certain": [0, 1, 2]}),
    "no answer, to be sent again": (THREE, LOST, "resend", {"failed": 1, "stop": LOST}),
    "no answer, to be asked about": (THREE, LOST, "verify", {"failed": 1, "stop": LOST}),
    "no answer, held": (
        request(0, 1),
        LOST,
        "hold",
        {
            "failed": 1,
            "stop": LOST,
            "verdicts": {0: Dead("ambiguous", LOST.detail), 1: Dead("ambiguous", LOST.detail)},
        },
    ),
    "no answer about what shares the lane: it stays, whatever the lane's policy": (
        SHARING,
        LOST,
        "hold",
        {"failed": 1, "stop": LOST},
    ),
    "an event folded into its deletion is not held for it": (
        replace(folded(0, 1), operation="event.delete"),
        LOST,
        "hold",
        {"failed": 1, "stop": LOST},
    ),
    "an answer too large about what shares the lane does not hold it up": (
        SHARING,
        LARGE,
        "hold",
        {
            "answered": 1,
            "certain": [5, 6],
            "unsaved": True,
            "resend": [[("/x", [(5,)])], [("/x", [(6,)])]],
        },
    ),
    "refused credentials stop the batch and burn nothing": (
        THREE,
        DENIED,
        "hold",
        {"stop": DENIED, "certain": [0, 1, 2]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_outcome_changes_what_its_row_says_and_nothing_else(name):
    asked, outcome, policy, changes = CASES[name]
    assert told(interpret(asked, outcome, rules(policy))) == changes


@pytest.mark.parametrize(("before", "is_held"), [(3, False), (4, True)])
def test_an_item_that_stays_unclear_however_often_it_is_sent_is_held(before, is_held):
    known = replace(rules("verify"), unanswered={0: before, 1: 4})
    step = interpret(request(0, 1), Judged({0: VAGUE}), known)
    assert step.unanswered == {0: before + 1}
    assert step.verdicts == ({0: UNCLEAR} if is_held else {})
    assert (step.stop is None) == is_held
    assert list(step.delivered) == [1]


ALONE = request(4)
NOW = 1_795_248_000.0
QUESTIONS = {
    "what was found is settled, the rest is certain not to be there": (
        THREE,
        Verified({0: DELIVERED, 2: Dead("ambiguous", "cannot tell")}),
        {},
        {
            "delivered": [0],
            "verdicts": {2: Dead("ambiguous", "cannot tell")},
            "certain": [1],
            "answered": 1,
        },
    ),
    "no answer: they stay uncertain": (THREE, LOST, {}, {"stop": LOST, "failed": 1}),
    "throttled": (THREE, SLOW, {}, {"stop": SLOW}),
    "refused credentials": (THREE, DENIED, {}, {"stop": DENIED}),
    "a refused question": (
        THREE,
        Refused("no"),
        {},
        {"answered": 1, "unsaved": True, "ask": [[(0,), (1,)], [(2,)]]},
    ),
    "a refused question about one contact: later": (
        ALONE,
        Refused("no"),
        {},
        {
            "answered": 1,
            "stop": VerifyLater(3.0, "the question was refused: no"),
            "unanswered": {4: 1},
        },
    ),
    "a question that is judged as if it were none: later": (
        ALONE,
        Judged({0: Dead("rejected", "no")}),
        {},
        {"answered": 1, "stop": VerifyLater(3.0, "the question was refused"), "unanswered": {4: 1}},
    ),
    "nothing is known of some: they stay uncertain, and the others have their verdicts": (
        THREE,
        Verified({0: DELIVERED}, {2: "not shown"}),
        {},
        {
            "delivered": [0],
            "certain": [1],
            "answered": 1,
            "stop": VerifyLater(3.0, "not shown"),
            "unanswered": {2: 1},
        },
    ),
    "nothing is known of one, again and again: a person": (
        THREE,
        Verified({0: DELIVERED}, {1: "not shown", 2: "may be this one"}),
        {1: MOST_QUESTIONS - 1},
        {
            "delivered": [0],
            "answered": 1,
            "verdicts": {1: Dead("ambiguous", "not shown")},
            "stop": VerifyLater(3.0, "may be this one"),
            "unanswered": {1: MOST_QUESTIONS, 2: 1},
        },
    ),
    "a contact is not shown: parked, and asked about again": (
        THREE,
        Verified({0: DELIVERED}, unshown={2: "not shown"}),
        {2: 3},
        {
            "delivered": [0],
            "certain": [1],
            "answered": 1,
            "verdicts": {2: Unshown("not shown", COLUMNS.payloads[2])},
            "parked": [Unshown("not shown", COLUMNS.payloads[2])],
        },
    ),
    "the API may do it by itself yet, until a time: parked, and afterwards not taken": (
        THREE,
        Verified({0: DELIVERED}, kept={1: NOW - 1.0, 2: NOW + 1.0}),
        {},
        {
            "delivered": [0],
            "certain": [1],
            "answered": 1,
            "verdicts": {2: Unshown(KEPT, COLUMNS.payloads[2])},
            "parked": [Unshown(KEPT, COLUMNS.payloads[2])],
        },
    ),
    "too large about several contacts: fewer": (
        THREE,
        LARGE,
        {},
        {"answered": 1, "unsaved": True, "ask": [[(0,), (1,)], [(2,)]]},
    ),
    "too large about one contact: later": (
        ALONE,
        LARGE,
        {4: 2},
        {"answered": 1, "stop": VerifyLater(3.0, LARGE.detail), "unanswered": {4: 3}},
    ),
    "too large about one contact, again and again: a person": (
        ALONE,
        LARGE,
        {4: MOST_QUESTIONS - 1},
        {
            "answered": 1,
            "verdicts": {4: Dead("ambiguous", LARGE.detail)},
            "unanswered": {4: MOST_QUESTIONS},
        },
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_to_a_question_changes_what_its_row_says(name):
    asked, outcome, unanswered, changes = QUESTIONS[name]
    assert told(interpret_question(asked, outcome, unanswered, 3.0, NOW)) == changes
