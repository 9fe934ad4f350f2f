"""Which messages of a batch the application is told of, and what."""

from __future__ import annotations

import json

import pytest

from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.systems.account import Jobs, OperationSettings
from batchline.systems.columns import Columns
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.verdicts import (
    DELIVERED,
    Behind,
    ContactMissing,
    Dead,
    DestinationFailed,
    Suspected,
)
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.blame import Finding
from batchline.worker.delivery.change import decide
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease, Suspicion
from batchline.worker.store.parking import Meta

LANE = Lane("default", "contact.upsert")


def account(results=True, confirm=True):
    return SalesmanagoAccount(
        system="salesmanago",
        url="http://x",
        client_id="c",
        api_key="k",
        api_secret="s",
        owner="o@v.pl",
        jobs=Jobs(confirm=confirm),
        operations={"contact.upsert": OperationSettings(results=results)},
    )


def told(verdicts, owner, job=(), meta=None, options=""):
    """The results of messages with these verdicts, as the script gets them; None: none."""
    rows = [(f"c{n}", options, b"{}") for n in range(len(verdicts))]
    ids = [b"5-%d" % n for n in range(len(verdicts))]
    batch = Batch(LANE, ids, Columns.of(LANE.operation, rows), {0: meta} if meta else {})
    ledger = Ledger(len(verdicts), owner.flood_guard)
    for index, verdict in enumerate(verdicts):
        if verdict is not None:
            ledger.settle((index,), verdict)
    if None in verdicts:
        ledger.apply(Step(stop=DestinationFailed("HTTP 503")))
    if job:
        items = [batch.columns.item(index) for index in job]
        ledger.apply(Step(job=("77", items)))
    outcome = BatchResult(ledger, requests=1, mark="", seconds=0.1, finding=Finding(Suspicion()))
    change = decide(Lease(LANE, "t"), batch, outcome, owner, Keys("b"), 9, 500)
    return json.loads(change.to_json()).get("results")


def test_what_waits_or_is_parked_has_no_result():
    waiting = [None, ContactMissing(), Suspected("HTTP 500"), Behind(3.0)]
    assert told(waiting, account()) is None
    found = told([DELIVERED, *waiting], account())
    assert found == {
        "length": 500,
        "rows": [[f"{LANE}@5-0", "contact.upsert", "delivered", "c0", "", ""]],
    }


@pytest.mark.parametrize("reason", sorted({*REASONS} - {"contact_missing", "poison"}))
def test_a_dead_letter_is_told_with_its_reason(reason):
    rows = told([Dead(reason, "why")], account())["rows"]
    assert rows == [[f"{LANE}@5-0", "contact.upsert", "dead", "c0", reason, "why"]]


@pytest.mark.parametrize(
    ("verdict", "meta", "reason"),
    [
        (ContactMissing(), Meta(f"{LANE}@1-0", tries=10**6), "contact_missing"),
        (Suspected("HTTP 500"), Meta(f"{LANE}@1-0", suspected=10**6), "poison"),
    ],
)
def test_what_was_tried_for_the_last_time_is_told_under_the_id_that_it_keeps(verdict, meta, reason):
    ((message_id, _, outcome, _, found, _),) = told([verdict], account(), meta=meta)["rows"]
    assert (message_id, outcome, found) == (meta.id, "dead", reason)


def test_messages_of_a_job_are_told_when_it_has_ended_unless_nobody_asks_about_it():
    verdicts = [DELIVERED, DELIVERED, DELIVERED]
    for confirm, expected in ((True, ["c1"]), (False, ["c0", "c1", "c2"])):
        found = told(verdicts, account(confirm=confirm), job=(0, 2))
        assert [row[3] for row in found["rows"]] == expected


def test_a_message_is_told_under_its_own_operation():
    ((_, operation, *_),) = told([DELIVERED], account(), options='{"op":"contact.delete"}')["rows"]
    assert operation == "contact.delete"


def test_where_results_are_off_the_script_gets_no_argument_about_them():
    assert told([DELIVERED, Dead("rejected", "no")], account(results=False)) is None


def test_half_of_a_surrogate_pair_in_a_plug_ins_words_is_no_trouble_for_redis():
    rows = told([Dead("rejected", "no \ud83d")], account())["rows"]
    assert rows[0][-1] == "no ?"
