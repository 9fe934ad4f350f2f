"""External events: alone, in batches, and for contacts that are not there (yet)."""

import time

import pytest

ANN, BOB = "ann@shop.example", "bob@shop.example"


def external_ids(control, email=ANN):
    return [event["externalId"] for event in control.contact(email)["events"]]


@pytest.mark.parametrize(
    "method", ["contact/batchAddContactExtEvent", "v2/contact/addBatchContactExtEvent"]
)
def test_a_batch_adds_events_in_order_and_counts_them(api, event, method):
    api.create(ANN)
    events = [event(external_id=f"order-{n}") for n in range(3)]
    assert api.post(method, events=events) == {
        "success": True,
        "message": [],
        "failedContacts": [],
        "createdAmount": 3,
        "failedAmount": 0,
    }
    assert external_ids(api.control) == ["order-0", "order-1", "order-2"]


def test_events_of_missing_contacts_come_back_as_they_were_named_and_the_rest_is_added(api, event):
    api.create(ANN)
    by_id = {"contactId": "00000000-0000-0000-0000-000000000000"}
    by_id["contactEvent"] = event()["contactEvent"]
    answer = api.events(event(), event(BOB.upper()), event(BOB.upper(), "order-2"), by_id)
    assert answer == {
        "success": True,
        "message": [],
        "failedContacts": [BOB.upper(), by_id["contactId"]],
        "createdAmount": 1,
        "failedAmount": 3,
    }
    outcomes = [row["outcome"] for row in api.control.ledger(operation="event.add")]
    assert outcomes == ["applied", "missing", "missing", "missing"]


def test_events_that_outrun_their_contact_fail_until_the_create_delay_is_over(api, event):
    api.control.settings(create_delay=600)
    api.batch({"contact": {"email": ANN}})
    assert api.events(event())["failedContacts"] == [ANN]
    api.control.settings(create_delay=0)
    assert api.events(event())["failedContacts"] == []


def test_an_event_finds_its_contact_by_contact_id(api, event):
    contact_id = api.upsert()["contactId"]
    by_id = {"contactId": contact_id.upper(), "contactEvent": event()["contactEvent"]}
    assert api.events(by_id)["createdAmount"] == 1
    assert external_ids(api.control) == ["order-1"]


def test_a_repeated_external_id_makes_a_second_event(api, event):
    api.create(ANN)
    api.events(event(), event())
    assert external_ids(api.control) == ["order-1", "order-1"]
    ids = {found["eventId"] for found in api.control.contact(ANN)["events"]}
    assert len(ids) == 2
    assert api.control.summary()["event.add"]["repeated"] == 1


def test_a_single_event_is_answered_with_its_event_id(api, event):
    api.create(ANN)
    answer = api.post("v2/contact/addContactExtEvent", **event())
    (found,) = api.control.contact(ANN)["events"]
    assert answer == {
        "success": True,
        "message": [],
        "eventId": found["eventId"],
        "contact": {"email": ANN, "contactId": None, "emailOrContactId": ANN},
    }


def test_a_single_event_of_a_missing_contact_is_accepted_and_added_by_a_later_try(api, event):
    api.control.settings(event_retry_every=0.1)
    assert api.post("v2/contact/addContactExtEvent", **event())["success"] is True
    (row,) = api.control.ledger(operation="event.add")
    assert (row["outcome"], row["applied"]) == ("pending", False)
    api.create(ANN)
    time.sleep(0.15)
    assert external_ids(api.control) == ["order-1"]
    (row,) = api.control.ledger(operation="event.add")
    assert (row["outcome"], row["applied"]) == ("applied", True)


def test_a_single_event_is_given_up_when_its_contact_does_not_come(api, event):
    api.control.settings(event_retry_every=0.05, event_retry_until=0.1)
    api.post("v2/contact/addContactExtEvent", **event())
    time.sleep(0.2)
    assert api.control.summary()["event.add"]["missing"] == 1
    api.create(ANN)
    assert external_ids(api.control) == []
