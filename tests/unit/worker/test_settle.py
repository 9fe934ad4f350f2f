"""What a delivered batch changes in Redis."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.verdicts import (
    DELIVERED,
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
)
from batchline.worker.delivery.settle import BatchResult, change, older_than
from batchline.worker.store.lease import Entry, Lease
from batchline.worker.store.parking import REPLAYED, Meta

LANE = Lane("default", "event.add")
ACCOUNT = SalesmanagoAccount(
    system="salesmanago",
    url="http://x",
    client_id="c",
    api_key="k",
    api_secret="s",
    owner="o@v.pl",
)
NOW = 1_795_248_000_000


def entries(count, tries=0):
    meta = Meta(f"{LANE}@7-7", tries) if tries else None
    return [Entry(f"5-{n}", f"c{n}", "", b'{"n":%d}' % n, meta) for n in range(count)]


def settled(verdicts, failure=None, batch=None):
    batch = batch or entries(len(verdicts))
    result = BatchResult(verdicts, failure, 1, 1, 0, 0, [], {}, "", 0.1)
    return change(Lease(LANE, "t", 0), batch, result, ACCOUNT, NOW)


verdicts = st.sampled_from([None, DELIVERED, ContactMissing(), Dead("rejected", "no")])


@given(st.lists(verdicts, min_size=1, max_size=30))
def test_what_leaves_the_lane_is_exactly_what_was_settled(given_verdicts):
    made = settled(given_verdicts)
    ids = [f"5-{n}" for n in range(len(given_verdicts))]
    left = [i for i in ids if int(i[2:]) >= int(made.trim[2:]) and i not in made.remove]
    assert left == [i for i, verdict in zip(ids, given_verdicts, strict=True) if verdict is None]


@given(st.lists(verdicts, min_size=1, max_size=30))
def test_every_settled_message_is_counted_once(given_verdicts):
    made = settled(given_verdicts)
    counted = made.count["delivered"] + made.count["parked"] + made.count["dead"]
    assert counted == sum(verdict is not None for verdict in given_verdicts)


def test_a_whole_batch_is_trimmed_without_removing_one_by_one():
    made = settled([DELIVERED] * 3)
    assert (made.trim, made.remove) == ("5-3", [])


def test_a_message_without_its_contact_is_parked_with_one_more_try():
    made = settled([ContactMissing("gone")])
    message_id, at, body, _, blocks = made.park[0]
    assert (message_id, at, blocks) == (f"{LANE}@5-0", NOW + 300_000, False)
    assert json.loads(json.loads(body)["meta"])["tries"] == 1


def test_a_message_whose_replay_time_is_over_dies_as_contact_missing():
    made = settled([ContactMissing()], batch=entries(1, tries=12))
    message_id, _, body = made.dead[0]
    assert message_id == f"{LANE}@7-7"
    assert json.loads(body)["reason"] == "contact_missing"


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
    made = settled([verdict], batch=entries(1, tries=12))
    assert [member.endswith("\t" + f"{LANE}@7-7") for member in made.arrived] == [True] * arrived


def test_refused_credentials_pause_the_account_and_burn_nothing():
    made = settled([None, None], CredentialsRefused("User not authenticated"))
    assert made.pause == ("default", "credentials refused: User not authenticated")
    assert (made.dead, made.park, made.trim) == ([], [], "5-0")


@pytest.mark.parametrize("failure", [DestinationFailed("HTTP 503"), None])
def test_the_journal_says_what_the_destination_said(failure):
    made = settled([None if failure else DELIVERED], failure)
    line = dict(zip(made.journal[::2], made.journal[1::2], strict=True))
    assert line["error"] == ("HTTP 503" if failure else "")
    assert (line["first"], line["last"], line["messages"]) == ("5-0", "5-0", "1")


def test_a_replayed_message_is_as_old_as_its_replay():
    old = NOW - 500_000
    entry = Entry("9-0", "c", "", b"{}", Meta(f"{LANE}@{old}-0"))
    assert older_than(entry, LANE, 400, NOW)
    replayed = Entry("9-0", "c", "", b"{}", Meta(f"{LANE}@{old}-0", 0, [(NOW - 1000, REPLAYED)]))
    assert not older_than(replayed, LANE, 400, NOW)
