"""From one line in application code to a batch call: real Redis, real worker, real HTTP."""

from __future__ import annotations

import pytest

from batchline.producers.producer import default_producer
from batchline.salesmanago import add_external_event, redeem_coupon, send_push, upsert_contact
from batchline.systems.salesmanago.messages import (
    CouponRedemption,
    CustomPush,
    Push,
)
from tests.builders import applied, contact, event


def test_a_thousand_events_travel_in_one_request(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        ids = producer.send_many([event(n) for n in range(1000)])
    assert len(set(ids)) == 1000
    stack.worker()
    totals = stack.until_at_rest()
    assert totals["delivered"] == 1001
    assert sorted(applied(stack, "event.add")) == sorted(f"order-{n}" for n in range(1000))


def test_upserts_of_one_contact_travel_as_one_and_the_last_value_wins(stack):
    with stack.producer() as producer:
        for n in range(50):
            producer.send(contact("Ann@shop.example", properties={"n": str(n), f"p{n}": "x"}))
    stack.worker()
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["merged"], totals["requests"]) == (50, 49, 1)
    stack.until(lambda _: stack.sandbox.control.contact("ann@shop.example") is not None)
    state = stack.sandbox.control.contact("ann@shop.example")
    assert state["properties"] == {"n": "49", **{f"p{n}": "x" for n in range(50)}}


def test_an_event_whose_contact_comes_later_is_parked_and_then_delivered(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send(event(1, "late@shop.example"))
        stack.until(lambda now: now.totals["parked"] == 1)
        producer.send(contact("late@shop.example"))
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-1"]


def test_an_event_whose_contact_never_comes_dies_after_its_replay_time(stack):
    stack.worker()
    with stack.producer() as producer:
        message_id = producer.send(event(1, "never@shop.example"))
    totals = stack.until_at_rest()
    assert totals["dead"] == 1
    # Once, and then every 0.5 s for 1.5 s.
    assert len(stack.sandbox.control.ledger(operation="event.add")) == 4
    shown = stack.run_json("dead", "list", "--json")
    assert (shown["id"], shown["reason"]) == (message_id, "contact_missing")
    assert len(shown["history"]) == 4


@pytest.mark.parametrize("answers", [[500, 500, 200], [503, 200], [429, 200], ["reset", 200]])
def test_a_destination_that_fails_is_tried_again_in_order(stack, answers):
    stack.sandbox.control.script("order-1", answers)
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        producer.send_many([event(n) for n in range(3)])
    totals = stack.until_at_rest()
    # After a reset and after a 500 the API is asked what it has taken.
    asked = answers.count("reset") + answers.count(500)
    assert totals["requests"] == 1 + len(answers) + asked
    assert applied(stack, "event.add") == ["order-0", "order-1", "order-2"]


def test_a_poison_item_is_found_by_halving_and_the_rest_delivered_in_order(stack):
    stack.sandbox.control.script("order-77", ["reject"])
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        ids = producer.send_many([event(n) for n in range(128)])
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (128, 1)
    assert totals["requests"] <= 1 + 2 * (7 + 1)
    assert applied(stack, "event.add") == [f"order-{n}" for n in range(128) if n != 77]
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[77], "rejected")


def test_a_poison_upsert_dies_alone_and_not_with_those_merged_with_it(stack):
    with stack.producer() as producer:
        ids = [producer.send(contact("ann@shop.example", tags=[f"T{n}"])) for n in range(4)]
        # The merged request is refused, and then the first of its four messages.
        stack.sandbox.control.fault("reject", times=2)
        stack.worker()
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (3, 1)
    assert stack.run_json("dead", "list", "--json")["id"] == ids[0]


def test_refused_credentials_pause_the_account_and_burn_nothing(stack):
    stack.configure((stack.sandbox.client.api_secret, "wrong"))
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        found = stack.until(lambda now: any(lane.paused for lane in now.lanes))
        assert "User not authenticated" in found.lanes[0].paused
        producer.send(contact("bob@shop.example"))
    assert found.totals["requests"] == 2, "and the question whether it is so"
    assert (stack.status().totals["backlog"], stack.status().totals["dead"]) == (2, 0)
    assert stack.lane("contact.upsert").due_seconds is None


def test_a_paused_account_goes_on_by_command_once_its_secret_is_mended(stack):
    stack.configure((stack.sandbox.client.api_secret, "wrong"))
    worker = stack.worker("first")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until(lambda now: any(lane.paused for lane in now.lanes))
    worker.stop()
    stack.configure()
    stack.worker("second")
    assert stack.run("resume", "default").returncode == 0
    assert stack.until_at_rest()["delivered"] == 1


def test_equal_pushes_to_many_contacts_travel_as_one_mass_push(stack):
    with stack.producer() as producer:
        emails = [f"c{n}@shop.example" for n in range(30)]
        producer.send_many([contact(email) for email in emails])
        stack.worker()
        stack.until_at_rest()
        producer.send_many(
            [
                Push(
                    push_id="7b0c4a0e-0000-4000-8000-000000000001", application_id="a", email=email
                )
                for email in emails
            ]
        )
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["requests"]) == (60, 2)


def test_the_plain_helpers_deliver_what_an_application_types(stack):
    default_producer.cache_clear()
    try:
        ids = [
            upsert_contact("ann@shop.example", name="Ann", tags=["VIP"]),
            redeem_coupon("ann@shop.example", "SB-1"),
            send_push("7b0c4a0e-0000-4000-8000-000000000001", "a", email="ann@shop.example"),
            add_external_event("ann@shop.example", "PURCHASE", external_id="order-1", delay=1.0),
        ]
        assert len(set(ids)) == 4
        stack.worker()
        assert stack.until_at_rest()["delivered"] == 4
        assert applied(stack, "event.add") == ["order-1"]
    finally:
        default_producer().close()
        default_producer.cache_clear()


def test_a_custom_push_and_a_coupon_are_single_calls(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        producer.send(
            CustomPush(
                application_id="a", email="ann@shop.example", title="Hello", deeplink="myapp://x"
            )
        )
        producer.send(CouponRedemption(email="ann@shop.example", coupon="SB-9"))
        producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown"))
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (3, 1, 4)


def test_an_answer_cut_in_half_is_not_success(stack):
    stack.sandbox.control.fault("half", {"path": "/api/contact/batchupsertv2"}, times=1)
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["requests"]) == (1, 2)
