"""Whose fault a failure is: what follows from the answers to a batch, a row for each case."""

from __future__ import annotations

import pytest

from batchline.systems.columns import Columns, Run
from batchline.systems.requests import Endpoint
from batchline.systems.verdicts import (
    CredentialsRefused,
    DestinationFailed,
    Judged,
    Refused,
    Verified,
)
from batchline.worker.delivery import blame
from batchline.worker.delivery.blame import PATIENCE, Evidence, Finding, find
from batchline.worker.store.lease import NOBODY, Suspicion

COLUMNS = Columns.of("event.add", [(f"c{n}", "", b"%d" % n) for n in range(8)])
ENDPOINT = Endpoint("/x", lambda *_: b"", lambda *_: None)
BROKEN = DestinationFailed("HTTP 500", ambiguous=True)
BLOCKED = DestinationFailed("HTTP 403", blocked=True)
GONE = DestinationFailed("connection refused", unreachable=True)
SLOW = DestinationFailed("HTTP 429", throttled=True)
TOLD_SLOW = DestinationFailed("Too many requests", throttled=True, in_words=True)
BACK_LATER = DestinationFailed("HTTP 503", retry_after=60.0)
ALL = range(8)


@pytest.mark.parametrize(
    ("outcome", "scope"),
    [
        (BROKEN, "operation"),
        (SLOW, "operation"),
        (BLOCKED, "message"),
        (Refused("no such product"), "message"),
        (GONE, "host"),
        (CredentialsRefused("no such key"), "account"),
        (Judged(), None),
        (Verified(), None),
    ],
)
def test_an_outcome_speaks_of_one_scope(outcome, scope):
    assert blame.scope_of(outcome) == scope


def evidence(*answers):
    """Of (messages, outcome), one for each request."""
    result = Evidence()
    for indexes, outcome in answers:
        result.note(ENDPOINT.request(Run(COLUMNS, indexes)), outcome)
    return result


def found(answers, before=NOBODY, attempts=0, still_open=ALL, back=False, witnesses=True):
    return find(before, evidence(*answers), still_open, attempts, back, bool(answers), witnesses)


#: What is known before; the answers; and whose fault it is then.
SEARCH = {
    "half of the window fails, a witness passes: it is in that half": (
        Suspicion(8),
        [(range(4), BROKEN), ([6], Judged())],
        Finding(Suspicion(4, others_passed=True), is_message=True),
    ),
    "half of the window fails, the witnesses too: nothing is known": (
        Suspicion(8),
        [(range(4), BROKEN), ([5], BROKEN), ([7], BROKEN)],
        Finding(Suspicion(8)),
    ),
    "one fails alone, a witness passes: it is guilty": (
        Suspicion(1),
        [([0], BROKEN), ([6], Judged())],
        Finding(Suspicion(1, others_passed=True), is_message=True, guilty="HTTP 500"),
    ),
    "one fails alone, and a witness is refused by the API itself: it is guilty": (
        Suspicion(1),
        [([0], BROKEN), ([6], Refused("no such product"))],
        Finding(Suspicion(1, others_passed=True), is_message=True, guilty="HTTP 500"),
    ),
    "the host is gone: nothing is known": (Suspicion(4), [([0], GONE)], Finding(Suspicion(4))),
}


@pytest.mark.parametrize("name", SEARCH)
def test_the_search_halves_the_window_as_long_as_others_pass(name):
    before, answers, finding = SEARCH[name]
    if name.startswith("the host"):
        assert find(before, evidence(*answers), ALL, 3, False, True, True) == finding
    else:
        assert found(answers, before) == finding


def test_the_half_that_passes_is_acquitted_and_the_other_stays_under_suspicion():
    passed = evidence((range(4), Judged()))
    finding = find(Suspicion(8), passed, range(4, 8), 2, False, False, True)
    assert finding == Finding(Suspicion(4, others_passed=True))
    last = find(Suspicion(1), evidence(([0], Judged())), (), 2, False, False, True)
    assert last == Finding(Suspicion())


@pytest.mark.parametrize("failure", [BROKEN, BLOCKED])
def test_the_last_of_a_lane_is_guilty_if_others_passed_since_the_search_began(failure):
    answers = [([0], failure)]
    alone = found(answers, Suspicion(1), still_open=[0], witnesses=False)
    assert not alone.is_message
    after_others = Suspicion(1, others_passed=True)
    assert found(answers, after_others, still_open=[0], witnesses=False).guilty


@pytest.mark.parametrize("attempts", range(5))
def test_a_search_begins_after_the_third_failure(attempts):
    finding = found([(ALL, BROKEN)], attempts=attempts)
    assert finding == Finding(Suspicion(8 if attempts >= 2 else 0))


def test_what_a_gateway_refuses_is_searched_for_at_once():
    assert found([(ALL, BLOCKED)]) == Finding(Suspicion(8))


@pytest.mark.parametrize("failure", [GONE, SLOW, BACK_LATER])
def test_a_failure_that_no_message_can_cause_begins_no_search(failure):
    assert found([(ALL, failure)], attempts=10) == Finding(Suspicion())


@pytest.mark.parametrize("attempts", range(2, 14))
@pytest.mark.parametrize("passed_since", [True, False])
def test_witnesses_that_fail_again_and_again_are_doubted_where_other_lanes_pass(
    attempts, passed_since
):
    answers = evidence((range(4), BROKEN), ([6], BROKEN))
    finding = find(Suspicion(8), answers, ALL, attempts, False, True, True, passed_since)
    is_doubted = passed_since and attempts >= PATIENCE
    expected = Finding(Suspicion(4, others_passed=True), is_message=True)
    assert finding == (expected if is_doubted else Finding(Suspicion(8)))


def test_a_message_that_was_set_aside_is_guilty_again_only_if_others_pass_beside_it():
    beside = [([1, 2, 3], Judged()), ([0], BROKEN)]
    assert found(beside, still_open=[0], back=True).guilty == "HTTP 500"
    alone = [([0], BROKEN)]
    assert not found(alone, still_open=[0], back=True, witnesses=False).is_message
    since = find(NOBODY, evidence(*alone), [0], 0, True, True, False, passed_since=True)
    assert since.guilty == "HTTP 500", "others passed since it was tried before"


def test_words_about_a_rate_limit_may_be_the_fault_of_a_message_that_fails_beside_others():
    beside = [([0], TOLD_SLOW), ([6], Judged())]
    finding = found(beside, before=Suspicion(1))
    assert finding == Finding(Suspicion(1, others_passed=True), True, guilty="Too many requests")
    all_fail = [([0], TOLD_SLOW), ([6], TOLD_SLOW)]
    assert not found(all_fail, before=Suspicion(1), attempts=20).is_message


def test_other_lanes_that_pass_in_turn_make_nobody_guilty_of_a_rate_limit():
    alone = evidence(([0], TOLD_SLOW))
    for attempts in (0, PATIENCE, 3 * PATIENCE):
        finding = find(Suspicion(1), alone, [0], attempts, False, True, False, passed_since=True)
        assert not finding.is_message
    again = find(Suspicion(1), alone, [0], 0, True, True, False, passed_since=True)
    assert again.is_message, "it was set aside before, and others passed since"
