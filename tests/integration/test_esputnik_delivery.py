"""eSputnik's operations from the producer to the sandbox: real Redis, real worker, real HTTP."""

from __future__ import annotations

import time

import pytest

from batchline.systems.esputnik.messages import (
    ContactDeletion,
    ContactSubscription,
    ContactsUpload,
    ContactUpdate,
    ContactUpsert,
    EmailResubscription,
    EmailSend,
    EmailUnsubscription,
    Event,
    EventV2,
    Order,
    PastEvent,
    PastEventV2,
    PreparedMessage,
    SegmentAttachment,
    SegmentDetachment,
    SingleContactUpsert,
    SmsSend,
    ViberSend,
)

ANN, BOB, INVALID = "ann@shop.example", "bob@shop.example", "eve@invalid.example"
ACCOUNT = """
timeout = {connect = 1, read = 6}
lease = 8
backoff = {first = 0.1, factor = 2, max = 0.5}
jobs = {poll = 0.3, until = 20}
operations."contact.upsert" = {linger = 0.1}
operations."order.upsert" = {linger = 0.1}
operations."event.add" = {linger = 0.1}
operations."event.add_past" = {linger = 0.1}
operations."event.add_past_v2" = {linger = 0.1}
"""


@pytest.fixture
def yespo(stack):
    """The stack with an account of the sandbox's eSputnik, and no other."""
    stack.account("esputnik", ACCOUNT)
    return stack


def contact(email, **fields):
    return {"channels": [{"type": "email", "value": email}], **fields}


def upsert(email, **fields):
    return ContactUpsert.model_validate(contact(email, **fields))


def event(key, **fields):
    return Event.model_validate({"eventTypeKey": "orderPaid", "keyValue": key, **fields})


def order(number, **fields):
    made = {"externalOrderId": number, "email": ANN, "totalCost": 5, "status": "DELIVERED"}
    return Order.model_validate({**made, "date": "2026-11-25T10:00:00+02:00", **fields})


def message(locator):
    params = {"discount": "5%"}
    return PreparedMessage.model_validate(
        {"messageId": 5, "locator": locator, "jsonParam": params, "email": True}
    )


def deliver(yespo, *messages):
    """Send these and wait until all are at rest; their ids and the totals."""
    with yespo.producer() as producer:
        ids = producer.send_many(messages)
    return ids, yespo.until_at_rest()


def until_confirmed(yespo):
    yespo.until(lambda now: not any(lane.confirming for lane in now.lanes))
    return yespo.lane("contact.upsert")


def requests_of(yespo, operation):
    return [r for r in yespo.sandbox.control.requests() if r["operation"] == operation]


def test_contacts_travel_in_one_import_which_is_confirmed(yespo):
    yespo.worker()
    upserts = [upsert(f"u{n}@shop.example", firstName=f"U{n}") for n in range(300)]
    _, totals = deliver(yespo, *upserts)
    lane = until_confirmed(yespo)
    assert (totals["delivered"], lane.confirmed, lane.unconfirmed) == (300, 300, 0)
    assert len(requests_of(yespo, "contact.upsert")) == 1
    assert yespo.sandbox.control.esputnik.contact("u299@shop.example")["firstName"] == "U299"


def test_an_upsert_leaves_alone_what_it_does_not_give(yespo):
    yespo.worker()
    deliver(yespo, upsert(ANN, firstName="Ann", lastName="Lee", fields=[{"id": 7, "value": "a"}]))
    until_confirmed(yespo)
    deliver(yespo, upsert(ANN, firstName="Anna"))
    until_confirmed(yespo)
    found = yespo.sandbox.control.esputnik.contact(ANN)
    assert (found["firstName"], found["lastName"]) == ("Anna", "Lee")
    assert found["fields"] == [{"id": 7, "value": "a"}]


def test_a_contact_with_a_phone_number_alone_is_found_again_and_not_made_twice(yespo):
    yespo.worker()
    phone = {"type": "sms", "value": "380501234567"}
    for name in ("Ann", "Anna"):
        deliver(yespo, ContactUpsert.model_validate({"channels": [phone], "firstName": name}))
        until_confirmed(yespo)
    # Its id and its name are known by giving it an address.
    named = {"channels": [phone, {"type": "email", "value": ANN}], "dedupeOn": "sms"}
    deliver(yespo, ContactUpsert.model_validate(named))
    until_confirmed(yespo)
    found = yespo.sandbox.control.esputnik.contact(ANN)
    assert (found["id"], found["firstName"]) == (1, "Anna")


@pytest.mark.parametrize("form", ["objects", "identifiers", "reasons"])
@pytest.mark.parametrize("collapse", ["everything", "nothing"])
def test_a_contact_that_the_api_names_as_failed_becomes_a_dead_letter(yespo, form, collapse):
    yespo.sandbox.control.settings(esputnik_failed=form, esputnik_collapse=collapse)
    yespo.worker()
    ids, totals = deliver(yespo, upsert(ANN), upsert(INVALID), upsert(BOB))
    assert (totals["delivered"], totals["dead"]) == (2, 1)
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[1], "rejected")
    assert until_confirmed(yespo).confirmed == 2


def upload(name, host="files.shop.example"):
    return ContactsUpload(link=f"https://shop:hidden@{host}/{name}.csv", dedupe_on="email")


def test_contacts_in_files_are_imported_in_order_and_their_imports_are_confirmed(yespo):
    yespo.worker()
    files = [upload("first"), upload("second")]
    ids, totals = deliver(yespo, *files, upload("bad", "invalid.example"))
    assert (totals["delivered"], totals["dead"]) == (2, 1)
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[2], "rejected")
    assert "the file is empty" in letter["detail"]
    shown = [letter["detail"], *(path.read_text() for path in yespo.folder.glob("*.log"))]
    assert not any("hidden" in text for text in shown), "the password of a link is in no log"
    links = [each["link"] for each in yespo.sandbox.control.esputnik.uploads()]
    assert links == [each.link for each in files]
    yespo.until(lambda now: not any(lane.confirming for lane in now.lanes))
    assert yespo.lane("contact.upload").confirmed == 2


def test_every_other_operation_of_contacts_reaches_the_api(yespo):
    yespo.worker()
    account = yespo.sandbox.control.esputnik
    subscription = ContactSubscription.model_validate(
        {"contact": contact(BOB), "groups": ["Subscribers"], "formType": "abc"}
    )
    added = SingleContactUpsert.model_validate(contact(ANN, externalCustomerId="a-1"))
    deliver(yespo, added, subscription)
    ann, bob = account.contact(ANN)["id"], account.contact(BOB)["id"]
    assert account.segments() == {"Subscribers": [bob]}
    assert [made["eventTypeKey"] for made in account.events()] == ["subscribeFromApi-abc"]
    deliver(
        yespo,
        ContactUpdate.model_validate({"contactId": ann, "firstName": "Ann"}),
        SegmentAttachment.model_validate({"segmentId": 7, "contactIds": [ann, bob]}),
        SegmentDetachment.model_validate({"segmentId": 7, "contactIds": [bob]}),
    )
    assert account.contact(ANN)["firstName"] == "Ann"
    assert account.segments()["Segment 7"] == [ann]
    by_own_id = {"segmentId": 8, "externalCustomerIds": ["a-1"]}
    deliver(yespo, SegmentAttachment.model_validate(by_own_id))
    assert account.segments()["Segment 8"] == [ann]
    deliver(yespo, SegmentDetachment.model_validate(by_own_id))
    assert account.segments()["Segment 8"] == []
    _, totals = deliver(
        yespo,
        ContactDeletion.model_validate({"externalCustomerId": "a-1", "erase": True}),
        ContactDeletion.model_validate({"contactId": bob}),
    )
    assert (account.contact(ANN), account.contact(BOB)) == (None, None)
    assert (totals["delivered"], totals["dead"]) == (9, 0)


def test_events_orders_and_unsubscribes_reach_the_api(yespo):
    yespo.worker()
    account = yespo.sandbox.control.esputnik
    deliver(yespo, SingleContactUpsert.model_validate(contact(ANN)))
    nested = {"name": "items", "value": [{"sku": "p1"}]}
    by_parameter = [{"name": "Email", "value": ANN}, nested]
    _, totals = deliver(
        yespo,
        event(ANN, params=[{"name": "total", "value": "19.99"}]),
        EventV2.model_validate({"eventTypeKey": "cartLeft", "params": by_parameter}),
        PastEvent.model_validate(
            {"eventTypeKey": "visited", "keyValue": ANN, "occurred": "2026-11-01T10:00"}
        ),
        PastEventV2.model_validate(
            {
                "eventTypeKey": "returned",
                "keyValue": ANN,
                "occurred": "2026-11-01T10:00",
                "params": [nested],
            }
        ),
        order("1", status="INITIALIZED"),
        order("1"),
        order("2"),
        EmailUnsubscription(email=ANN),
        EmailUnsubscription(email=BOB),
        EmailResubscription(email=ANN),
    )
    assert (totals["delivered"], totals["dead"]) == (11, 0)
    types = sorted(found["eventTypeKey"] for found in account.events())
    assert types == ["cartLeft", "orderPaid", "returned", "visited"]
    statuses = {found["externalOrderId"]: found["status"] for found in account.orders()}
    assert statuses == {"1": "DELIVERED", "2": "DELIVERED"}
    assert account.unsubscribed() == [BOB]


@pytest.mark.parametrize("addresses", [[INVALID], [INVALID, ANN], [ANN, BOB, INVALID]])
def test_a_recipient_with_an_error_becomes_a_dead_letter_however_the_results_arrive(
    yespo, addresses
):
    yespo.worker()
    ids, totals = deliver(yespo, *(message(address) for address in addresses))
    assert (totals["delivered"], totals["dead"]) == (len(addresses) - 1, 1)
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[addresses.index(INVALID)], "rejected")
    sent = [each["locator"] for each in yespo.sandbox.control.esputnik.messages()]
    assert sent == [address for address in addresses if address != INVALID]
    assert len(requests_of(yespo, "message.send")) == 1


def email(address, subject="Sale"):
    return EmailSend(email=address, sender="info@shop.example", subject=subject, html_text="<p>")


def test_direct_messages_reach_the_api_and_their_request_ids_are_remembered(yespo):
    yespo.worker()
    phone = "380501234567"
    messages = [
        email(ANN),
        email(BOB),
        email(INVALID),
        SmsSend(phone_number=phone, sender="Shop", text="Hello"),
        ViberSend(phone_number=phone, text="Hello", ios_expirity_text="Too late"),
    ]
    ids, totals = deliver(yespo, *messages)
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (4, 1, 3)
    assert yespo.run_json("dead", "list", "--json")["id"] == ids[2]
    sent = {
        each["requestId"]: each["locator"] for each in yespo.sandbox.control.esputnik.messages()
    }
    with yespo.producer() as producer:
        given = [producer.api_id(each) for each in ids]
    assert [sent.get(each) for each in given] == [ANN, BOB, None, phone, phone]


@pytest.mark.parametrize("kind", ["email", "sms"])
def test_a_direct_message_whose_answer_was_lost_is_held_and_not_sent_twice(yespo, kind):
    fault = {"operation": f"{kind}.send"}
    yespo.sandbox.control.fault("reset", fault, times=1, after_apply=True)
    yespo.worker()
    sms = SmsSend(phone_number="380501234567", sender="Shop", text="Hello")
    ids, totals = deliver(yespo, email(ANN) if kind == "email" else sms)
    assert totals["dead"] == 1
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[0], "ambiguous")
    assert len(yespo.sandbox.control.esputnik.messages()) == 1


def test_a_poison_order_dies_alone_and_the_others_are_delivered(yespo):
    yespo.sandbox.control.script("order-3", ["reject"])
    yespo.worker()
    ids, totals = deliver(yespo, *(order(f"order-{n}") for n in range(8)))
    assert (totals["delivered"], totals["dead"]) == (7, 1)
    assert yespo.run_json("dead", "list", "--json")["id"] == ids[3]
    kept = {found["externalOrderId"] for found in yespo.sandbox.control.esputnik.orders()}
    assert kept == {f"order-{n}" for n in range(8)} - {"order-3"}


def test_a_past_event_with_another_status_than_accepted_dies_alone(yespo):
    yespo.worker()
    deliver(yespo, *(SingleContactUpsert.model_validate(contact(each)) for each in (ANN, BOB)))
    past = [
        PastEvent.model_validate({"eventTypeKey": "visited", "keyValue": each, "occurred": day})
        for each, day in ((ANN, "2026-11-01"), (BOB, "2999-11-01"))
    ]
    ids, totals = deliver(yespo, *past)
    assert (totals["delivered"], totals["dead"]) == (3, 1)
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["detail"]) == (ids[1], "OCCURRED_TIME_IN_FUTURE")


def test_an_event_whose_answer_was_lost_is_held_and_not_sent_again(yespo):
    yespo.sandbox.control.fault("reset", {"operation": "event.add"}, times=1, after_apply=True)
    yespo.worker()
    ids, totals = deliver(yespo, event(ANN))
    assert totals["dead"] == 1
    letter = yespo.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (ids[0], "ambiguous")
    assert len(yespo.sandbox.control.esputnik.events()) == 1


@pytest.mark.parametrize("body", ["Request was processed", ""])
def test_a_200_without_a_documented_body_delivers_at_once(yespo, body):
    yespo.sandbox.control.fault("status", {}, status=200, body=body, times=3)
    yespo.worker()
    _, totals = deliver(yespo, event(ANN), order("1"), EmailUnsubscription(email=ANN))
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (3, 0, 3)


def test_a_page_with_a_200_delivers_nothing(yespo):
    page = "<html><body>Request was processed</body></html>"
    yespo.sandbox.control.fault("status", {}, status=200, body=page, times=2)
    yespo.worker()
    ids, totals = deliver(yespo, event(ANN), order("1"))
    assert (totals["delivered"], totals["dead"]) == (1, 1)
    assert yespo.run_json("dead", "list", "--json")["id"] == ids[0]
    assert len(requests_of(yespo, "order.upsert")) == 2


def test_a_duplicated_request_waits_and_is_neither_delivered_nor_dead(yespo):
    yespo.sandbox.control.settings(esputnik_duplicate_window=600)
    yespo.worker()
    added = SingleContactUpsert.model_validate(contact(ANN))
    deliver(yespo, added)
    with yespo.producer() as producer:
        producer.send(added)
    yespo.until(lambda now: "Duplicated" in (now.lanes[0].last_error or ""))
    lane = yespo.lane("contact.upsert")
    assert (lane.backlog, lane.delivered, lane.dead) == (1, 1, 0)
    assert lane.due_seconds > 30


def test_a_429_without_retry_after_holds_every_lane_of_the_account(yespo):
    yespo.sandbox.control.fault("status", {"operation": "event.add"}, status=429, times=1)
    yespo.worker()
    with yespo.producer() as producer:
        producer.send(event(ANN))
        yespo.until(lambda now: "429" in (now.lanes[0].last_error or ""))
        producer.send(EmailUnsubscription(email=ANN))
        time.sleep(1.5)
    assert len(yespo.sandbox.control.requests()) == 1
    assert yespo.status().totals["backlog"] == 2


def test_after_the_retry_after_of_a_429_every_lane_goes_on(yespo):
    yespo.sandbox.control.fault(
        "status", {"operation": "event.add"}, status=429, retry_after="1", times=1
    )
    yespo.worker()
    _, totals = deliver(yespo, event(ANN), EmailUnsubscription(email=ANN))
    assert totals["delivered"] == 2
    assert len(requests_of(yespo, "event.add")) == 2


def test_a_wrong_key_pauses_the_account_and_burns_nothing(yespo):
    text = yespo.config.read_text()
    yespo.config.write_text(text.replace("sandbox-key", "old-key"))
    yespo.worker()
    with yespo.producer() as producer:
        producer.send(event(ANN))
    yespo.until(lambda now: any(lane.paused for lane in now.lanes))
    assert yespo.status().totals["backlog"] == 1
