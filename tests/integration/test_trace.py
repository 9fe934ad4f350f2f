"""`batchline trace`: what happened to a message, and what happens next."""

from __future__ import annotations

import json
import time

import pytest

from batchline.producers.lanes import Lane
from batchline.producers.outgoing import hashed
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.store import journal
from batchline.worker.store.message_ids import parked_member
from tests.builders import contact, event
from tests.waiting import until

SLOW_REPLAY = ("replay = {every = 0.5, until = 1.5}", "replay = {every = 600, until = 3600}")


def trace(stack, message_id):
    done = stack.run("trace", message_id, "--json")
    assert done.returncode in (0, 4), done.stderr.decode()
    return json.loads(done.stdout)


def steps(found):
    """What befell it: the outcome of what was sent, and what else there is."""
    return [step["outcome"] if step["what"] == "sent" else step["what"] for step in found["steps"]]


def told(stack, *arguments):
    done = stack.run("trace", *arguments)
    assert b"Traceback" not in done.stderr
    return done.stdout.decode()


def test_a_message_that_was_retried_parked_released_and_delivered(stack):
    stack.configure(SLOW_REPLAY)
    stack.sandbox.control.script("order-1", [503, 200])
    with stack.producer() as producer:
        message_id = producer.send(event(1, "late@shop.example"))
        stack.worker()
        stack.until(lambda now: now.totals["parked"] == 1)
        parked = trace(stack, message_id)
        assert steps(parked)[:2] == ["accepted", "kept"]
        assert sorted(steps(parked)[2:]) == ["noted", "parked"]
        assert (parked["state"], parked["location"]["reason"]) == ("parked", "contact_missing")
        assert 500_000 < parked["location"]["at"] - time.time() * 1000 < 600_000
        kept = next(step for step in parked["steps"] if step["outcome"] == "kept")
        assert "attempt 1, 1 message: 1 kept (HTTP 503" in kept["detail"]
        assert "goes back to default:event.add:0 in" in told(stack, message_id)

        producer.send(contact("late@shop.example"))
    stack.until_at_rest()
    found = trace(stack, message_id)
    assert steps(found) == ["accepted", "kept", "parked", "released", "delivered"]
    assert (found["state"], found["since"]) == ("delivered", found["steps"][-1]["at"])
    text = told(stack, message_id)
    for detail in ("sent, stayed in its lane", "sent, parked", "came back", "now: delivered since"):
        assert detail in text


def test_a_message_that_waits_says_how_many_are_before_it_and_when_its_lane_is_due(stack):
    with stack.producer() as producer:
        ids = producer.send_many([event(n) for n in range(5)])
    found = trace(stack, ids[3])
    location = found["location"]
    assert (found["state"], location["before"], steps(found)) == ("waiting", 3, ["accepted"])
    assert location["lane"] == "default:event.add:0"
    assert location["at"] < time.time() * 1000 + 1000
    assert "The journal is empty" in told(stack, ids[3])
    stack.run("pause", "default", "--reason", "holiday")
    assert "held: holiday (batchline resume default)" in told(stack, ids[3])


def test_a_message_whose_destination_fails_says_so(stack):
    stack.configure(("first = 0.1", "first = 600"), ("max = 0.5}", "max = 600}"))
    stack.sandbox.control.script("order-1", [503])
    with stack.producer() as producer:
        message_id = producer.send(event(1))
    stack.worker()
    stack.until(lambda now: now.lanes[0].attempts == 1)
    found = trace(stack, message_id)
    assert (found["state"], steps(found)) == ("waiting", ["accepted", "kept"])
    assert "HTTP 503" in found["location"]["detail"]


def test_a_message_for_later_is_not_taken_for_one_of_the_batch_around_its_place(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        first = producer.send(event(1))
        later = producer.send(event(2), delay=3600)
        producer.send(event(3))
        waits = trace(stack, later)
        assert (waits["state"], waits["location"]["reason"]) == ("parked", "delayed")
        stack.until(lambda now: now.totals["delivered"] == 3)
        assert steps(trace(stack, later)) == ["accepted"]
    stack.client.zadd(stack.keys.parked, {parked_member(later): 0})
    stack.until_at_rest()
    assert steps(trace(stack, first)) == ["accepted", "delivered"]
    assert steps(trace(stack, later)) == ["accepted", "released", "delivered"]


def test_one_rejected_among_many_is_told_from_those_around_it_until_it_is_purged(stack):
    stack.sandbox.control.script("order-3", ["reject"])
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        ids = producer.send_many([event(n) for n in range(8)])
    stack.until_at_rest()
    assert steps(trace(stack, ids[2])) == ["accepted", "delivered"]
    dead = trace(stack, ids[3])
    assert (dead["state"], dead["location"]["reason"]) == ("dead", "rejected")
    assert sorted(steps(dead)[1:]) == ["dead", "noted"]
    assert "a dead letter since" in told(stack, ids[3])

    stack.run("dead", "edit", ids[3], "--set", "contactEvent.value=1")
    stack.run("dead", "export", "letters.jsonl")
    stack.run("dead", "purge", ids[3], "--yes")
    purged = trace(stack, ids[3])
    assert purged["state"] == "purged"
    assert steps(purged) == ["accepted", "dead", "edited", "purged"]

    stack.run("dead", "import", "letters.jsonl")
    back = trace(stack, ids[3])
    assert back["state"] == "dead"
    assert [step["detail"] for step in back["steps"]][-1] == "imported"
    stack.sandbox.control.script("order-3", [200])
    stack.run("dead", "replay", ids[3])
    stack.until(lambda now: now.totals["delivered"] == 9)
    assert steps(trace(stack, ids[3])) == [
        *("accepted", "dead", "edited", "purged", "imported", "replayed", "delivered")
    ]


def test_a_contact_that_its_job_names_invalid_was_delivered_and_then_died(stack):
    stack.sandbox.control.settings(create_delay=600)
    stack.configure(("until = 3}", "until = 300}"))
    with stack.producer() as producer:
        good, bad = producer.send_many([contact("ann@shop.example"), contact("b@invalid.example")])
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 2)
    assert trace(stack, bad)["state"] == "confirming"
    assert "its job's result is asked for" in told(stack, bad)
    stack.sandbox.control.settings(create_delay=0)
    stack.until(lambda now: now.totals["dead"] == 1)
    assert trace(stack, good)["state"] == "delivered"
    found = trace(stack, bad)
    assert (found["state"], found["location"]["reason"]) == ("dead", "invalid")
    assert steps(found) == ["accepted", "delivered", "noted"]


def test_an_unknown_id_is_told_in_clear_words(stack):
    stranger = "default:event.add:0@1795248000000-0"
    done = stack.run("trace", stranger)
    assert done.returncode == 4
    assert "may have been delivered or purged before" in done.stdout.decode()
    assert "The journal is empty (bounded by journal_age and journal_length)" in told(
        stack, stranger
    )
    with stack.producer() as producer:
        producer.send(event(1))
    stack.worker()
    stack.until(lambda now: now.totals["requests"] > 0)
    later = f"default:event.add:0@{round(time.time() * 1000) + 5000}-0"
    assert "no batch of the journal, which reaches back further, has held it" in told(stack, later)
    assert "The journal reaches back to 20" in told(stack, later)
    for bad in ("order-17", "default:event.add:0", "default:event.add:0@x-0"):
        done = stack.run("trace", bad)
        assert (done.returncode, b"no message id such as" in done.stderr) == (2, True)
    assert stack.run("trace").returncode == 2


def test_the_messages_of_a_contact_wherever_they_are(stack):
    stack.configure(SLOW_REPLAY)
    stack.sandbox.control.script("bad", ["reject"])
    with stack.producer() as producer:
        parked = producer.send(event(1, "ann@shop.example"))
        producer.send(CouponRedemption(email="bob@shop.example", coupon="bad"))
        dead = producer.send(CouponRedemption(email="Ann@shop.example", coupon="bad"))
        worker = stack.worker()
        stack.until(lambda now: now.totals["parked"] == 1 and now.totals["dead"] == 2)
        worker.stop()
        producer.send(event(2, "bob@shop.example"))
        waiting = producer.send(event(3, "ann@shop.example"))
    done = stack.run("trace", "--contact", "ANN@shop.example", "--json")
    rows = json.loads(done.stdout)["messages"]
    assert [(row["id"], row["state"]) for row in rows] == [
        (parked, "parked"),
        (dead, "dead"),
        (waiting, "waiting"),
    ]
    assert rows[2]["before"] == 1
    text = told(stack, "--contact", "ann@shop.example")
    assert "Delivered messages are not found by contact" in text
    assert "No message about this contact" in told(stack, "--contact", "cid@shop.example")


def test_the_messages_of_an_idempotency_key_whatever_became_of_them(stack):
    stack.add_account("other", "salesmanago")
    stack.sandbox.control.script("bad", ["reject"])
    coupon = CouponRedemption(email="ann@shop.example", coupon="bad")
    with stack.producer() as producer:
        both = producer.send(coupon, accounts=["default", "other"], idempotency_key="order-17")
        another = producer.send(event(1), idempotency_key="order-17", delay=600)
        producer.send(event(2), idempotency_key="order-18")
        stack.worker()
        stack.until(lambda now: now.totals["dead"] >= 1)
    done = stack.run("trace", "--key", "order-17", "--json")
    rows = {row["message_id"]: row for row in json.loads(done.stdout)["messages"]}
    assert {*rows} == {another, *both.values()}
    assert done.returncode == 0
    assert (rows[another]["operation"], rows[another]["trace"]["state"]) == ("event.add", "parked")
    assert {rows[both[name]]["account"] for name in both} == {"default", "other"}
    text = told(stack, "--key", "order-17")
    assert text.count("now: ") == 3
    assert all(one in text for one in rows)
    assert "does not stand" not in text


def test_a_key_that_is_not_known_or_not_any_more_is_told_so(stack):
    stack.configure(("dispatch_every = 0.05", "dispatch_every = 0.05\nidempotency_window = 1"))
    with stack.producer() as producer:
        producer.send(event(1), idempotency_key="another")
    never = stack.run("trace", "--key", "k")
    assert never.returncode == 4
    assert b"No message is known by this key" in never.stdout
    assert json.loads(stack.run("trace", "--key", "k", "--json").stdout) == {"messages": []}
    key = f"{stack.keys.once}{hashed('old', 'default', 'event.add')}"
    stack.client.set(key, "default:event.add:0@1700000000000-0")
    old = stack.run("trace", "--key", "old")
    assert old.returncode == 4
    assert b"The key does not stand for it any more, it is older than 1 s" in old.stdout
    for wrong in (("--key", "k", "--contact", "a@b.pl"), ("--key", ""), ("--key", "k" * 513)):
        assert stack.run("trace", *wrong).returncode == 2


def test_a_message_that_came_back_waits_at_the_tail(stack):
    with stack.producer() as producer:
        message_id = producer.send(event(1), delay=600)
        producer.send_many([event(n) for n in range(3)])
    stack.run("pause", "default")
    stack.client.zadd(stack.keys.parked, {parked_member(message_id): 0})
    stack.worker()
    stack.until(lambda now: now.totals["parked"] == 0)
    found = trace(stack, message_id)
    assert (found["state"], found["location"]["before"]) == ("waiting", 3)


@pytest.mark.parametrize("days", [1, 14])
def test_the_journal_forgets_by_age_and_the_worker_sees_to_it(stack, days):
    stack.configure(("dispatch_every", f"journal_age = {days * 86_400}\ndispatch_every"))
    now = round(time.time() * 1000)
    line = {"lane": str(Lane("default", "event.add")), "act": "purged", "ids": "[]"}
    for number in range(600):
        age = 20 if number < 300 else 5
        stack.client.xadd(stack.keys.journal, line, id=f"{now - age * 86_400_000 + number}-0")
    assert journal.reach(stack.store).lines == 600
    stack.worker()
    kept = {1: 0, 14: 300}[days]
    until(lambda: journal.reach(stack.store).lines <= kept + 100, "the old lines are dropped")
    # About: whole nodes of the stream go.
    assert kept <= journal.reach(stack.store).lines <= kept + 100
