"""What a delivered batch changes in Redis."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.systems.account import Backoff
from batchline.systems.columns import Columns
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.verdicts import (
    DELIVERED,
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Flooded,
    OnTrial,
    RateLimited,
    ShuttingDown,
    Suspected,
    Unshown,
    VerifyLater,
)
from batchline.worker.delivery.batch import BatchResult, age
from batchline.worker.delivery.blame import Finding
from batchline.worker.delivery.change import Next, decide, next_for
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease, Suspicion
from batchline.worker.store.parking import REPLAYED, Meta

LANE = Lane("default", "event.add")
ACCOUNT = SalesmanagoAccount(
    system="salesmanago",
    url="http://x",
    client_id="c",
    api_key="k",
    api_secret="s",
    owner="o@v.pl",
    backoff=Backoff(first=8, max=8),
    lease=50,
    verify_after=20,
)
NOW = 1_795_248_000_000


def batch(count, tries=0, **more):
    rows = [(f"c{n}", "", b'{"n":%d}' % n) for n in range(count)]
    ids = [b"5-%d" % n for n in range(count)]
    came_back = {0: Meta(f"{LANE}@7-7", tries, **more)} if tries else {}
    return Batch(LANE, ids, Columns.of("event.add", rows), came_back)


def result(verdicts, stop=None, mark=""):
    ledger = Ledger(len(verdicts), ACCOUNT.flood_guard)
    for index, verdict in enumerate(verdicts):
        if verdict is not None:
            ledger.settle((index,), verdict)
    ledger.apply(Step(stop=stop, answered=1))
    return BatchResult(ledger, 1, mark, 0.1)


def settled(verdicts, stop=None, of=None):
    of = of or batch(len(verdicts))
    return decide(Lease(LANE, "t"), of, result(verdicts, stop), ACCOUNT, Keys("b"), NOW, 1000)


VERDICTS = st.lists(
    st.sampled_from([None, DELIVERED, ContactMissing(), Dead("rejected", "no")]),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("stop", [RateLimited(1.0), ShuttingDown(), VerifyLater(1.0, "later")])
@pytest.mark.parametrize("suspicion", [Suspicion(), Suspicion(2)])
def test_to_wait_is_no_failure_also_while_somebody_is_under_suspicion(stop, suspicion):
    lease = Lease(LANE, "t", attempts=7, suspicion=suspicion)
    waiting = replace(result([None, None], stop), finding=Finding(suspicion))
    assert decide(lease, batch(2), waiting, ACCOUNT, Keys("b"), NOW, 1000).attempts == 7


CUTS = {
    "it settled nothing": ([None] * 8, RateLimited(60), True, 0, 4),
    "nor did the smaller one": ([None] * 4, RateLimited(60), True, 4, 2),
    "one message is the least": ([None], RateLimited(60), True, 1, 1),
    "the API's own limit": ([None] * 8, DestinationFailed("429", throttled=True), True, 0, 4),
    "it learned nothing": ([None] * 8, RateLimited(60), False, 0, 0),
    "it settled one": ([DELIVERED, *[None] * 7], RateLimited(60), True, 8, 8),
    "the API fails": ([None] * 8, DestinationFailed("HTTP 500"), True, 4, 4),
    "it came to its end": ([DELIVERED] * 4, None, True, 4, 8),
    "larger than the operation's": ([DELIVERED] * 4, None, False, 600, 0),
}


@pytest.mark.parametrize("case", CUTS)
def test_a_batch_that_loses_to_a_limit_what_it_learned_is_followed_by_half_of_it(case):
    verdicts, stop, has_learned, cut, following = CUTS[case]
    ended = result(verdicts, stop)
    ended.ledger.unsaved = has_learned
    change = decide(
        Lease(LANE, "t", cut=cut), batch(len(verdicts)), ended, ACCOUNT, Keys("b"), NOW, 1
    )
    assert change.cut == following


@given(VERDICTS)
def test_what_leaves_the_lane_is_exactly_what_was_settled(verdicts):
    change = settled(verdicts)
    ids = [f"5-{n}" for n in range(len(verdicts))]
    left = [i for i in ids if int(i[2:]) >= int(change.trim[2:]) and i not in change.remove]
    assert left == [i for i, verdict in zip(ids, verdicts, strict=True) if verdict is None]


@given(VERDICTS)
def test_every_settled_message_is_counted_once(verdicts):
    change = settled(verdicts)
    counted = change.count["delivered"] + change.count["parked"] + change.count["dead"]
    assert counted == sum(verdict is not None for verdict in verdicts)


def test_a_whole_batch_is_trimmed_without_removing_one_by_one():
    change = settled([DELIVERED] * 3)
    assert (change.trim, change.remove) == ("5-3", [])


def test_a_message_without_its_contact_is_parked_with_one_more_try():
    change = settled([ContactMissing("gone")])
    message_id, wait, body, _, blocks = change.park[0]
    assert (message_id, wait, blocks) == (f"{LANE}@5-0", 300_000, False)
    assert json.loads(json.loads(change.bodies[body])["meta"])["tries"] == 1


def meta_in(change, body):
    return json.loads(json.loads(change.bodies[body])["meta"])


def test_an_uncertain_message_is_parked_with_the_question_about_it():
    of = batch(1)
    change = settled([Unshown("not shown", b'{"n":0,"changed":1}')], of=of)
    message_id, wait, body, _, blocks = change.park[0]
    assert (message_id, wait, blocks) == (f"{LANE}@5-0", 300_000, False)
    assert json.loads(change.bodies[body])["reason"] == "ambiguous"
    assert json.loads(change.bodies[body])["payload"] == '{"n":0}'
    meta = meta_in(change, body)
    assert (meta["tries"], meta["unshown"]) == (0, 1)
    assert meta["asked"] == '{"n":0,"changed":1}'


def test_an_uncertain_message_whose_replay_time_is_over_is_held_and_a_person_may_send_it_again():
    change = settled([Unshown("not shown", b"{}")], of=batch(1, tries=7, asked="{}", unshown=12))
    (message_id, body), (letter,) = change.dead[0], change.letters
    assert (message_id, letter) == (f"{LANE}@7-7", Dead("ambiguous", "not shown"))
    meta = meta_in(change, body)
    assert meta.keys().isdisjoint(["asked", "unshown"])


def test_questions_about_a_message_are_no_tries_of_it():
    change = settled([ContactMissing()], of=batch(1, tries=3, asked="{}", unshown=11))
    meta = meta_in(change, change.park[0][2])
    assert (meta["tries"], meta["unshown"]) == (4, 11)
    change = settled([Unshown("not shown", b"{}")], of=batch(1, tries=11, unshown=3))
    meta = meta_in(change, change.park[0][2])
    assert (meta["tries"], meta["unshown"]) == (11, 4)


@pytest.mark.parametrize(
    ("verdict", "parked", "is_uncertain"),
    [
        (ContactMissing(), "park", False),  # it was sent again, and the API says that it failed
        (Behind(0.0), "behind", True),  # it is asked about once more
        (Dead("rejected", "no"), "dead", False),
    ],
)
def test_a_message_stays_uncertain_until_the_api_answers_for_it(verdict, parked, is_uncertain):
    change = settled([verdict], of=batch(1, tries=3, asked="{}"))
    body = getattr(change, parked)[0][1 if parked == "dead" else 2]
    assert ("asked" in meta_in(change, body)) == is_uncertain


def test_a_message_on_trial_comes_back_when_the_api_can_be_asked_and_has_been_tried_no_more_often():
    change = settled(
        [OnTrial("on trial x/40: HTTP 500", b'{"n":0}')], of=batch(1, tries=1, suspected=2)
    )
    ((_, wait, body, _, blocks),) = change.park
    assert (wait, blocks) == (ACCOUNT.verify_after * 1000, True)
    meta = Meta(**meta_in(change, body))
    assert (meta.trial, meta.asked, meta.suspected) == ("x/40", '{"n":0}', 2)
    assert change.suspected == []  # it is told of the message that is found


@pytest.mark.parametrize("times", [0, 10, 11])
def test_a_suspect_that_the_api_may_have_taken_comes_back_also_from_its_last_try(times):
    """It has eleven, 30 s apart; none is counted twice, and the last is asked about too."""
    of = batch(1, tries=1, suspected=times, history=[(NOW, "on trial x/1: HTTP 500")])
    certain = settled([Suspected("HTTP 500")], of=of)
    assert [one.reason for one in certain.letters] == (["poison"] if times >= 10 else [])
    uncertain = settled([Suspected("HTTP 500", b'{"n":0}')], of=of)
    ((_, wait, body, _, _),) = uncertain.park
    assert wait == (20_000 if times >= 10 else 30_000)
    meta = Meta(**meta_in(uncertain, body))
    assert (meta.suspected, meta.asked, meta.trial) == (times + 1, '{"n":0}', "")


def test_messages_that_are_parked_at_once_come_back_in_their_order():
    change = settled([ContactMissing()] * 5)
    times = [wait for _, wait, *_ in change.park]
    assert sorted(times) == times
    assert len(set(times)) == 5


def test_a_message_whose_replay_time_is_over_dies_as_contact_missing():
    change = settled([ContactMissing()], of=batch(1, tries=12))
    message_id, body = change.dead[0]
    assert message_id == f"{LANE}@7-7"
    assert json.loads(change.bodies[body])["reason"] == "contact_missing"


@pytest.mark.parametrize(
    ("verdict", "arrived"),
    [
        (DELIVERED, True),
        (Dead("rejected", "no"), True),
        (ContactMissing(), True),  # its twelve tries are over
        (Behind(0.0), False),
        (None, False),
    ],
)
def test_what_was_parked_holds_up_nobody_once_it_is_delivered_or_dead(verdict, arrived):
    change = settled([verdict], of=batch(1, tries=12))
    assert [member.endswith(f"\t{LANE}@7-7") for member in change.arrived] == [True] * arrived


def test_refused_credentials_pause_the_account_and_burn_nothing():
    change = settled([None, None], CredentialsRefused("User not authenticated"))
    reason = "credentials refused: User not authenticated"
    assert change.pause == ("default", reason, "credentials_refused")
    assert (change.dead, change.park, change.trim) == ([], [], "5-0")


def test_a_flood_of_rejected_messages_pauses_its_lane():
    change = settled([Dead("rejected", "no"), None], Flooded())
    assert change.pause == (str(LANE), f"flood guard: {Flooded().detail}", "flood_guarded")


@pytest.mark.parametrize("failure", [DestinationFailed("HTTP 503"), None])
def test_the_journal_says_what_the_destination_said(failure):
    change = settled([None if failure else DELIVERED], failure)
    line = dict(zip(change.journal[::2], change.journal[1::2], strict=True))
    assert line["error"] == ("HTTP 503" if failure else "")
    assert (line["first"], line["last"], line["messages"]) == ("5-0", "5-0", "1")


@pytest.mark.parametrize("wait", [RateLimited(3), VerifyLater(3, "unclear"), ShuttingDown(3)])
def test_a_lane_that_only_waits_has_no_error(wait):
    assert settled([None], wait).error is None


@pytest.mark.parametrize(
    ("stop", "mark", "ends", "following"),
    [
        (None, "", False, Next("go on", 50)),
        (None, "", True, Next("release")),
        (RateLimited(3), "", True, Next("wait", 3)),
        (VerifyLater(20, "unclear"), "", False, Next("wait", 20)),
        (DestinationFailed("HTTP 503"), "", False, Next("back off", 4)),
        (DestinationFailed("HTTP 429", retry_after=7), "", False, Next("back off", 7)),
        (DestinationFailed("lost"), "[...]", False, Next("back off", 20)),
    ],
)
def test_what_the_lane_does_next(stop, mark, ends, following):
    came = result([None if stop else DELIVERED], stop, mark)
    assert next_for(Lease(LANE, "t"), came, ACCOUNT, ends, lambda: 0.5) == following


def test_a_replayed_message_is_as_old_as_its_replay():
    old = f"{LANE}@{NOW - 500_000}-0"
    one = batch(2)
    one.metas[0] = Meta(old)
    one.metas[1] = Meta(old, 0, [(NOW - 1000, REPLAYED)])
    assert (age(one, 0, NOW), age(one, 1, NOW)) == (500_000, 1000)
