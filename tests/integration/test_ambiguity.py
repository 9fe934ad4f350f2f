"""Sends whose fate is not known: resent, held, or asked about, as the account's policy says."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption, Push
from batchline.worker.delivery.interpret import MOST_QUESTIONS
from tests.builders import applied, contact, event, introduced, lose_answer

UPSERTS, EVENTS = '[accounts.default.operations."contact.upsert"]', '"event.add"]\nlinger = 0.1'
PUSH = Push(
    push_id="7b0c4a0e-0000-4000-8000-000000000001",
    application_id="a",
    email="ann@shop.example",
)


def policy(stack, ambiguous):
    stack.configure((EVENTS, f'{EVENTS}\nambiguous = "{ambiguous}"'))


LOST_ANSWERS = ["reset", "half", "html", "truncated", {"kind": "status", "status": 504}]


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_with_verify_an_event_whose_answer_is_lost_is_applied_exactly_once(stack, fault):
    introduced(stack)
    lose_answer(stack, fault)
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(120)])
    totals = stack.until_at_rest()
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(120))
    assert totals["delivered"] == 121


def test_with_verify_an_event_that_the_api_never_took_is_sent_again(stack):
    introduced(stack)
    stack.sandbox.control.fault("reset", {"path": "/api/contact/batchAdd*"}, times=1)
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(3)])
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-0", "order-1", "order-2"]


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_with_hold_an_event_whose_answer_is_lost_becomes_a_dead_letter(stack, fault):
    policy(stack, "hold")
    introduced(stack)
    lose_answer(stack, fault)
    with stack.producer() as producer:
        producer.send(event(1))
        stack.until(lambda now: now.totals["dead"] == 1)
        producer.send(event(2))
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1", "order-2"]
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["reason"], letter["data"]["contactEvent"]["externalId"]) == (
        "ambiguous",
        "order-1",
    )


def test_with_resend_an_event_whose_answer_is_lost_is_sent_again(stack):
    policy(stack, "resend")
    introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send(event(1))
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1", "order-1"]


def test_what_certainly_never_reached_the_api_is_no_doubt(stack):
    policy(stack, "hold")
    worker = introduced(stack)
    worker.stop()
    stack.configure(
        (EVENTS, f'{EVENTS}\nambiguous = "hold"'), (stack.sandbox.url, "http://127.0.0.1:9")
    )
    refused = stack.worker("refused")
    with stack.producer() as producer:
        producer.send(event(1))
        stack.until(lambda now: stack.lane("event.add").attempts > 1)
    assert stack.lane("event.add").last_error == "connection refused"
    refused.stop()
    policy(stack, "hold")
    stack.worker("second")
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1"]


@pytest.mark.parametrize("ambiguous", ["verify", "hold", "resend"])
def test_a_worker_killed_before_it_could_settle_leaves_a_mark(stack, ambiguous):
    stack.configure(
        (EVENTS, f'{EVENTS}\nambiguous = "{ambiguous}"'),
        ("lease = 8", "lease = 4"),
        ("read = 6", "read = 2"),
    )
    worker = introduced(stack)
    # The sandbox takes the events, and answers when the worker is dead.
    stack.sandbox.control.fault(
        "latency", {"path": "/api/contact/batchAdd*"}, seconds=1.5, after_apply=True, times=1
    )
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(5)])
    stack.until(lambda _: len(applied(stack, "event.add")) == 5)
    worker.kill()
    stack.worker("second")
    totals = stack.until_at_rest()
    times = {"verify": 1, "hold": 1, "resend": 2}[ambiguous]
    assert Counter(applied(stack, "event.add")) == {f"order-{n}": times for n in range(5)}
    assert totals["dead"] == (5 if ambiguous == "hold" else 0)


def test_an_event_without_an_external_id_gets_one_and_so_can_be_verified(stack):
    introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send_many([event(n, externalId=None) for n in range(3)])
    stack.until_at_rest()
    ids = applied(stack, "event.add")
    assert len(ids) == len(set(ids)) == 3
    assert all(one.startswith("batchline-") for one in ids)


def test_an_event_that_cannot_be_verified_is_held(stack):
    stack.configure(("verify_after = 0.2", "verify_after = 0.2\nassign_external_id = false"))
    introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send(event(1, externalId=None))
    totals = stack.until_at_rest()
    assert totals["dead"] == 1


def test_a_coupon_whose_answer_is_lost_is_redeemed_exactly_once(stack):
    introduced(stack)
    lose_answer(stack, "reset", "/api/contact/useContactCoupon")
    with stack.producer() as producer:
        for n in range(4):
            producer.send(CouponRedemption(email="ann@shop.example", coupon=f"SB-{n}"))
    totals = stack.until_at_rest()
    assert Counter(applied(stack, "coupon.redeem")) == Counter(f"SB-{n}" for n in range(4))
    assert (totals["delivered"], totals["dead"]) == (5, 0)


LIST = {"path": "/api/contact/list"}
FOUR = [f"{name}@shop.example" for name in ("ann", "bob", "cid", "dan")]


def questions(stack):
    requests = stack.sandbox.control.requests()
    return [one for one in requests if one["path"] == LIST["path"]]


def test_a_question_answered_too_largely_is_asked_about_fewer_contacts_and_burns_nothing(stack):
    introduced(stack, *FOUR)
    lose_answer(stack, "reset")
    stack.sandbox.control.fault("huge", LIST, bytes=11_000_000, times=2)
    with stack.producer() as producer:
        producer.send_many([event(n, FOUR[n % 4]) for n in range(12)])
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (16, 0)
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(12))
    # About four contacts, two, one, the other one, and the other two.
    assert len(questions(stack)) == 5


def test_a_contact_too_large_to_be_read_is_held_after_several_tries_and_stops_no_other(stack):
    introduced(stack, *FOUR)
    lose_answer(stack, "reset")
    huge = stack.sandbox.control.fault("huge", LIST, bytes=11_000_000)
    with stack.producer() as producer:
        producer.send_many([event(1, FOUR[0]), event(2, FOUR[1])])
    stack.until(lambda now: now.totals["dead"] == 1)
    stack.sandbox.control.clear_faults(huge)
    totals = stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1", "order-2"]
    assert totals["delivered"] == 5
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["reason"], letter["contact"]) == ("ambiguous", FOUR[0])
    assert letter["detail"] == "the answer is larger than 10,000,000 bytes"
    # Each time about both, then about the one.
    assert len(questions(stack)) >= 2 * MOST_QUESTIONS


def test_an_event_of_a_contact_that_is_not_shown_is_held_and_never_sent_again(stack):
    introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, "hidden@shop.example"), event(3)])
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (3, 1)
    assert applied(stack, "event.add") == ["order-1", "order-3"]
    assert stack.sandbox.control.summary()["event.add"]["requests"] == 1
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["reason"], letter["contact"]) == ("ambiguous", "hidden@shop.example")
    assert letter["detail"] == "contact/list shows 0 contacts with this identifier to this owner"
    # At first, and at each of the three replay times.
    assert len(questions(stack)) == 4


#: Replay times that no test waits for.
PATIENT = ("replay = {every = 0.5, until = 1.5}", "replay = {every = 0.3, until = 30}")


def upserted(stack, email):
    with stack.producer() as producer:
        producer.send(contact(email))


def parked_uncertain(stack):
    """Wait until messages are parked that may have been sent; what status says."""
    stack.until(lambda now: now.totals["parked"] > 0 and now.totals["backlog"] == 0)
    bodies = map(json.loads, stack.client.hvals(stack.keys.parked_body))
    assert {body["reason"] for body in bodies} <= {"ambiguous"}


def test_an_event_whose_answer_is_lost_before_its_contact_appears_is_then_sent_once(stack):
    stack.configure(PATIENT)
    introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send_many([event(1), event(2, "late@shop.example")])
    parked_uncertain(stack)
    assert applied(stack, "event.add") == ["order-1"]
    upserted(stack, "late@shop.example")
    totals = stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1", "order-2"]
    assert (totals["delivered"], totals["dead"]) == (4, 0)
    assert stack.sandbox.control.summary()["event.add"]["requests"] == 2


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_single_event_that_the_api_keeps_for_its_contact_is_added_once(stack, is_killed):
    """000:2405: the API itself tries again until the contact exists."""
    stack.configure(PATIENT, ("lease = 8", "lease = 4"), ("read = 6", "read = 2"))
    worker = introduced(stack)
    stack.sandbox.control.settings(event_retry_every=2)
    path = "/api/v2/contact/addContactExtEvent"
    if is_killed:
        # The sandbox takes the event, and answers when the worker is dead.
        stack.sandbox.control.fault("latency", {"path": path}, seconds=3, after_apply=True, times=1)
    else:
        lose_answer(stack, "reset", path)
    with stack.producer() as producer:
        producer.send(event(1, "late@shop.example").model_copy(update={"single": True}))
    if is_killed:
        stack.until(lambda _: stack.sandbox.control.ledger(operation="event.add"))
        worker.kill()
        stack.worker("second")
    parked_uncertain(stack)
    upserted(stack, "late@shop.example")
    totals = stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1"]
    assert (totals["delivered"], totals["dead"]) == (3, 0)
    assert stack.sandbox.control.summary()["event.add"]["requests"] == 1


def test_a_worker_killed_while_an_event_that_was_uncertain_is_sent_again_doubles_nothing(stack):
    stack.configure(PATIENT, ("lease = 8", "lease = 4"), ("read = 6", "read = 2"))
    worker = introduced(stack)
    lose_answer(stack, "reset")
    with stack.producer() as producer:
        producer.send_many([event(n, "late@shop.example") for n in range(3)])
    parked_uncertain(stack)
    stack.sandbox.control.fault(
        "latency", {"path": "/api/contact/batchAdd*"}, seconds=1.5, after_apply=True, times=1
    )
    upserted(stack, "late@shop.example")
    stack.until(lambda _: len(applied(stack, "event.add")) == 3)
    worker.kill()
    stack.worker("second")
    totals = stack.until_at_rest()
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(3))
    assert (totals["delivered"], totals["dead"]) == (5, 0)


def test_a_push_cannot_be_asked_about_and_is_held(stack):
    introduced(stack)
    lose_answer(stack, "reset", "/api/mobile/*")
    with stack.producer() as producer:
        producer.send(PUSH)
    totals = stack.until_at_rest()
    assert totals["dead"] == 1
    assert len(stack.sandbox.control.pushes()) == 1


def test_verifying_an_operation_that_cannot_be_asked_about_is_refused_at_start(stack):
    stack.configure(
        (UPSERTS, f'[accounts.default.operations."push.send"]\nambiguous = "verify"\n{UPSERTS}')
    )
    done = stack.run("config")
    assert done.returncode == 78
    assert b'"push.send".ambiguous' in done.stderr
