"""Long jobs: what batchupsertv2 accepted is confirmed by its result."""

from __future__ import annotations

import pytest

from tests.builders import applied, contact, event


def at_rest_and_confirmed(stack):
    stack.until_at_rest()
    stack.until(lambda now: not any(lane.confirming for lane in now.lanes))
    return stack.lane("contact.upsert")


@pytest.mark.parametrize("form", ["objects", "emails", "nested"])
def test_a_contact_that_the_result_names_invalid_becomes_a_dead_letter(stack, form):
    stack.sandbox.control.settings(invalid_contacts=form)
    with stack.producer() as producer:
        ids = producer.send_many(
            [contact(e) for e in ("ann@shop.example", "bob@invalid.example", "cid@shop.example")]
        )
    stack.worker()
    lane = at_rest_and_confirmed(stack)
    assert (lane.delivered, lane.dead, lane.confirmed, lane.unconfirmed) == (2, 1, 2, 0)
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[1], "invalid")
    stack.until_at_rest()


def test_merged_messages_of_an_invalid_contact_all_die_and_the_counters_add_up(stack):
    with stack.producer() as producer:
        producer.send_many([contact("bob@invalid.example", tags=[f"T{n}"]) for n in range(3)])
        producer.send_many([contact("ann@shop.example", tags=[f"T{n}"]) for n in range(2)])
    stack.worker()
    lane = at_rest_and_confirmed(stack)
    assert (lane.delivered, lane.dead, lane.merged) == (2, 3, 1)


def test_events_parked_for_a_contact_go_on_as_soon_as_it_is_confirmed(stack):
    stack.configure(("replay = {every = 0.5, until = 1.5}", "replay = {every = 600, until = 3600}"))
    stack.worker()
    with stack.producer() as producer:
        producer.send(event(1, "Late@shop.example"))
        producer.send(event(2, "never@shop.example"))
        stack.until(lambda now: now.totals["parked"] == 2)
        producer.send(contact("late@shop.example"))
        stack.until(lambda now: now.totals["parked"] == 1)
        stack.until(lambda now: now.totals["delivered"] == 2)
    assert applied(stack, "event.add") == ["order-1"]


def test_an_open_job_survives_the_worker_that_opened_it(stack):
    stack.sandbox.control.settings(create_delay=2.5)
    with stack.producer() as producer:
        producer.send(contact("bob@invalid.example"))
    first = stack.worker("first")
    stack.until(lambda now: now.totals["delivered"] == 1)
    first.kill()
    assert stack.lane("contact.upsert").confirming == 1
    stack.configure(("until = 3}", "until = 30}"))
    stack.worker("second")
    assert at_rest_and_confirmed(stack).dead == 1


def test_a_job_that_never_ends_is_reported_as_unconfirmed_and_not_as_lost(stack):
    stack.sandbox.control.settings(create_delay=60)
    stack.configure(("until = 3}", "until = 1}"))
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    lane = at_rest_and_confirmed(stack)
    assert (lane.delivered, lane.unconfirmed, lane.dead) == (1, 1, 0)
    assert "1 never got one" in stack.run("status").stdout.decode()


def test_a_job_whose_file_is_gone_is_reported_as_unconfirmed(stack):
    stack.sandbox.control.settings(file_lifetime=0)
    stack.configure(("until = 3}", "until = 1}"))
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    assert at_rest_and_confirmed(stack).unconfirmed == 1


def test_confirming_can_be_switched_off(stack):
    stack.configure(("jobs = {poll", "jobs = {confirm = false, poll"))
    with stack.producer() as producer:
        producer.send(contact("bob@invalid.example"))
    stack.worker()
    lane = at_rest_and_confirmed(stack)
    assert (lane.delivered, lane.confirmed, lane.dead) == (1, 0, 0)
    stack.until(lambda _: True)
    assert not [r for r in stack.sandbox.control.requests() if "job/status" in r["path"]]
