"""Smart Sender's operations from producer to sandbox: real Redis, real worker, real HTTP."""

from __future__ import annotations

import pytest

from batchline.systems.smartsender.messages import (
    ContactCreate,
    ContactUnite,
    ContactUpdate,
    EventFire,
    FunnelAddContact,
    FunnelRemoveContact,
    MessageSend,
    TagAdd,
    TagRemove,
)

ANN, BOB, NOBODY = "1001", "1002", "404-x"
ACCOUNT = """
timeout = {connect = 1, read = 6}
lease = 8
backoff = {first = 0.1, factor = 2, max = 0.5}
operations."contact.update" = {linger = 0.1}
operations."event.fire" = {linger = 0.1}
"""


@pytest.fixture
def sender(stack):
    """The stack with an account of the sandbox's Smart Sender, and no other."""
    stack.account("smartsender", ACCOUNT)
    return stack


def deliver(sender, *messages):
    """Send these and wait until all are at rest; their ids and the totals."""
    with sender.producer() as producer:
        ids = producer.send_many(messages)
    return ids, sender.until_at_rest()


def update(contact=ANN, **values):
    return ContactUpdate(contact_id=contact, values=values)


def text(content, contact=ANN):
    return MessageSend(contact_id=contact, type="text", content=content)


def operations(sender):
    """What the API took, in order."""
    return [row["operation"] for row in sender.sandbox.control.ledger() if row["applied"]]


def test_every_operation_reaches_the_api(sender):
    sender.worker()
    account = sender.sandbox.control.smartsender
    _, totals = deliver(
        sender,
        update(email="ann@shop.example", points=7),
        TagAdd(contact_id=ANN, tag_id=12),
        TagAdd(contact_id=ANN, tag_id=13),
        FunnelAddContact(contact_id=ANN, service_key="welcome-7f3a"),
        FunnelAddContact(contact_id=BOB, service_key="welcome-7f3a"),
        FunnelRemoveContact(contact_id=BOB, service_key="welcome-7f3a"),
        EventFire(contact_id=ANN, name="OrderPaid"),
        text("Hello"),
        ContactCreate(channel_id=7, identifier="380501234567", first_name="Eve"),
    )
    assert (totals["delivered"], totals["dead"]) == (9, 0)
    found = account.contact(ANN)
    assert (found["email"], found["variables"]) == ("ann@shop.example", {"points": 7})
    assert (found["tags"], found["funnels"]) == (["12", "13"], ["welcome-7f3a"])
    assert account.contact(BOB)["funnels"] == []
    assert account.fired() == [{"contact": ANN, "name": "OrderPaid"}]
    assert [sent["contact"] for sent in account.messages()] == [ANN]
    assert account.contact("gate-1")["fullName"] == "Eve"
    _, totals = deliver(
        sender,
        TagRemove(contact_id=ANN, tag_id=12),
        ContactUnite(contact_id=ANN, target_id=BOB),
    )
    assert (totals["delivered"], totals["dead"]) == (11, 0)
    assert account.contact(ANN)["tags"] == ["13"]
    assert account.contact(BOB) is None


def test_updates_of_one_contact_travel_as_one_and_the_last_value_wins(sender):
    updates = [update(n=n, **{f"p{n}": True}) for n in range(50)]
    with sender.producer() as producer:
        producer.send_many([*updates, update(BOB, n=1)])
    sender.worker()
    totals = sender.until_at_rest()
    assert (totals["delivered"], totals["merged"], totals["requests"]) == (51, 49, 2)
    found = sender.sandbox.control.smartsender.contact(ANN)["variables"]
    assert found == {"n": 49, **{f"p{n}": True for n in range(50)}}


def test_a_funnel_starts_after_the_values_and_the_tag_that_were_set_before_it(sender):
    with sender.producer() as producer:
        producer.send(update(size="M"))
        producer.send(TagRemove(contact_id=ANN, tag_id=12))
        producer.send(TagAdd(contact_id=ANN, tag_id=12))
        producer.send(FunnelAddContact(contact_id=ANN, service_key="f"))
        producer.send(FunnelRemoveContact(contact_id=ANN, service_key="f"))
        producer.send(FunnelAddContact(contact_id=ANN, service_key="f"))
    sender.worker()
    totals = sender.until_at_rest()
    assert (totals["delivered"], totals["merged"]) == (6, 1)
    assert operations(sender) == [
        "contact.update",
        "tag.add",
        "funnel.add_contact",
        "funnel.remove_contact",
        "funnel.add_contact",
    ]


def test_a_contact_that_is_not_found_is_a_dead_letter_at_once_and_the_rest_is_delivered(sender):
    sender.worker()
    ids, totals = deliver(
        sender,
        update(NOBODY, a=1),
        update(NOBODY, b=2),
        update(a=1),
        EventFire(contact_id=NOBODY, name="OrderPaid"),
        text("Hello", NOBODY),
    )
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (1, 4, 4)
    letters = sender.run("dead", "list", "--json").stdout.decode().splitlines()
    assert len(letters) == 4
    assert all("contact not found" in letter and '"rejected"' in letter for letter in letters)
    sender.sandbox.control.smartsender.put_contact(NOBODY)
    assert sender.run("dead", "replay", ids[4]).returncode == 0
    assert sender.until_at_rest()["dead"] == 3


def test_a_refused_collapse_falls_apart_into_the_messages_own_calls(sender):
    sender.sandbox.control.script(f"12@{ANN}", ["reject", 200])
    with sender.producer() as producer:
        producer.send(TagAdd(contact_id=ANN, tag_id=12))
        producer.send(TagRemove(contact_id=ANN, tag_id=12))
    sender.worker()
    totals = sender.until_at_rest()
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (2, 0, 3)
    asked = [row["operation"] for row in sender.sandbox.control.ledger()]
    assert asked == ["tag.remove", "tag.add", "tag.remove"]


def test_a_refused_token_pauses_the_account_and_burns_nothing(sender):
    text_of = sender.config.read_text()
    sender.config.write_text(text_of.replace("sandbox-token", "old-token"))
    sender.worker()
    with sender.producer() as producer:
        producer.send(update(a=1))
        found = sender.until(lambda now: any(lane.paused for lane in now.lanes))
        producer.send(text("Hello"))
    assert "HTTP 403" in found.lanes[0].paused
    assert (found.totals["requests"], sender.status().totals["dead"]) == (2, 0)
    assert sender.status().totals["backlog"] == 2


@pytest.mark.parametrize("operation", ["event.fire", "message.send"])
def test_what_may_have_been_taken_is_held_and_not_sent_again(sender, operation):
    sender.sandbox.control.fault("reset", {"operation": operation}, times=1, after_apply=True)
    sender.worker()
    message = {"event.fire": EventFire(contact_id=ANN, name="Paid"), "message.send": text("Hi")}
    ids, totals = deliver(sender, message[operation])
    assert totals["dead"] == 1
    letter = sender.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[0], "ambiguous")
    assert operations(sender) == [operation]


def test_an_update_whose_answer_was_lost_is_sent_again(sender):
    sender.sandbox.control.fault("reset", {"operation": "contact.update"}, times=1)
    sender.worker()
    _, totals = deliver(sender, update(a=1))
    assert (totals["delivered"], totals["requests"]) == (1, 2)


def test_the_ids_of_gates_and_messages_are_remembered(sender):
    sender.worker()
    gate = ContactCreate(channel_id=7, identifier="380501234567", first_name="Eve")
    ids, _ = deliver(sender, gate, text("Hello"), update(a=1))
    with sender.producer() as producer:
        assert [producer.api_id(each) for each in ids] == ["1", "1", None]


def test_the_contacts_id_is_remembered_where_the_contact_is_asked_for(sender):
    sender.worker()
    made = [
        ContactCreate(
            channel_id=7,
            identifier=number,
            first_name="Eve",
            phone=phone,
            find_contact=True,
        )
        for number, phone in (
            ("380501234567", "+380501234567"),
            # The search shows both, and the gate tells which is meant.
            ("380501234568", "+38050123456"),
            ("380501234569", None),
        )
    ]
    ids, totals = deliver(sender, *made)
    assert (totals["delivered"], totals["dead"]) == (3, 0)
    with sender.producer() as producer:
        *found, unknown = [producer.api_id(each) for each in ids]
    account = sender.sandbox.control.smartsender
    phones = [account.contact(each)["phone"] for each in found]
    assert (phones, unknown) == (["+380501234567", "+38050123456"], None)
    asked = [row["operation"] for row in sender.sandbox.control.requests()]
    assert asked.count("contact.create") == 3


def test_null_clears_a_value_also_where_it_is_merged(sender):
    account = sender.sandbox.control.smartsender
    account.put_contact(ANN, firstName="Ann", size="M", points=1)
    with sender.producer() as producer:
        producer.send_many([update(size="L", firstName="Anna"), update(size=None)])
    sender.worker()
    totals = sender.until_at_rest()
    assert (totals["delivered"], totals["requests"]) == (2, 1)
    found = account.contact(ANN)
    assert (found["firstName"], found["variables"]) == ("Anna", {"points": 1})


def test_200_with_an_unknown_body_is_not_success(sender):
    sender.sandbox.control.fault(
        "status", {"operation": "contact.update"}, status=200, body='{"ok": true}', times=2
    )
    sender.worker()
    _, totals = deliver(sender, update(a=1))
    assert (totals["delivered"], totals["requests"]) == (1, 3)
