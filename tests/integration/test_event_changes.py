"""Events that are changed later: with the eventId that an add has answered, or without it."""

from __future__ import annotations

from batchline.salesmanago import (
    add_external_event,
    delete_contact,
    delete_external_event,
    set_contact_owner,
    update_external_event,
    upsert_contact,
)

EMAIL = "ann@shop.example"


def events(stack):
    return (stack.sandbox.control.contact(EMAIL) or {"events": []})["events"]


def a_contact(stack, producer):
    upsert_contact(EMAIL, producer=producer)
    stack.until(lambda now: stack.sandbox.control.contact(EMAIL) is not None)


def test_the_event_id_of_a_single_add_is_remembered_and_an_update_finds_the_event_by_it(stack):
    stack.worker()
    with stack.producer() as producer:
        a_contact(stack, producer)
        added = add_external_event(EMAIL, "CART", value=1, single=True, producer=producer)
        stack.until_at_rest()
        event_id = producer.api_id(added)
        assert [event["eventId"] for event in events(stack)] == [event_id]
        update_external_event(EMAIL, "CART", event_id=event_id, value=2, producer=producer)
        totals = stack.until_at_rest()
    assert [event["value"] for event in events(stack)] == [2]
    assert totals["dead"] == 0


def test_an_event_is_updated_and_deleted_by_its_external_id(stack):
    stack.worker()
    with stack.producer() as producer:
        a_contact(stack, producer)
        add_external_event(EMAIL, "CART", external_id="o-1", value=1, producer=producer)
        stack.until_at_rest()
        update_external_event(EMAIL, "CART", external_id="o-1", value=2, producer=producer)
        stack.until_at_rest()
        assert [event["value"] for event in events(stack)] == [2]
        delete_external_event(EMAIL, external_id="o-1", producer=producer)
        assert stack.until_at_rest()["dead"] == 0
    assert events(stack) == []


def test_an_update_of_an_event_that_nobody_has_is_dead_with_the_reason(stack):
    with stack.producer() as producer:
        stack.worker()
        a_contact(stack, producer)
        update_external_event(EMAIL, "CART", external_id="o-1", producer=producer)
        assert stack.until_at_rest()["dead"] == 1
    letter = stack.run_json("dead", "list", "--json")
    assert letter["reason"] == "rejected"
    assert "no event of the contact with this externalId" in letter["detail"]


def test_what_waits_behind_an_event_that_is_given_up_goes_on(stack):
    stack.worker()
    with stack.producer() as producer:
        add_external_event(EMAIL, "CART", external_id="o-1", producer=producer)
        delete_external_event(EMAIL, external_id="o-2", producer=producer)
        totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (1, 1)
    assert stack.run_json("dead", "list", "--json")["reason"] == "contact_missing"
    assert stack.client.keys("*parked*") == []


def test_a_single_add_whose_answer_is_lost_is_looked_for_before_it_is_sent_again(stack):
    stack.configure(("read = 6", "read = 1"))
    with stack.producer() as producer:
        stack.worker()
        a_contact(stack, producer)
        stack.sandbox.control.fault(
            "hang", {"path": "/api/v2/contact/add*"}, after_apply=True, times=1
        )
        add_external_event(EMAIL, "CART", single=True, producer=producer)
        assert stack.until_at_rest()["delivered"] == 2
    assert len(events(stack)) == 1


def test_a_new_contact_gets_its_owner_when_the_api_has_made_it_and_is_deleted_after_that(stack):
    """Enqueued at once, and each of them too early for an API that is still at the one before."""
    owner = min(stack.sandbox.client.owners)
    stack.sandbox.control.settings(create_delay=0.5)
    stack.worker()
    with stack.producer() as producer:
        upsert_contact(EMAIL, producer=producer)
        set_contact_owner(EMAIL, owner, producer=producer)
        upsert_contact("bob@shop.example", producer=producer)
        delete_contact("bob@shop.example", producer=producer)
        totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (4, 0)
    assert stack.sandbox.control.contact(EMAIL)["owner"] == owner
    assert stack.sandbox.control.contact("bob@shop.example") is None


def test_updates_arrive_where_the_question_for_their_events_uses_up_the_limit(stack):
    stack.configure(("verify_after = 0.2", "verify_after = 0.2\nlimits = {per_second = 1}"))
    with stack.producer() as producer:
        upsert_contact(EMAIL, producer=producer)
        stack.worker()
        stack.until(lambda now: stack.sandbox.control.contact(EMAIL) is not None)
        add_external_event(EMAIL, "CART", external_id="o-1", value=1, producer=producer)
        stack.until_at_rest()
        update_external_event(EMAIL, "CART", external_id="o-1", value=2, producer=producer)
        assert stack.until_at_rest()["dead"] == 0
    assert [event["value"] for event in events(stack)] == [2]
