"""Contacts deleted, owned and monitored, events updated and deleted, as the documents say."""

import pytest

ANN, BOB = "ann@shop.example", "bob@shop.example"


def test_a_deleted_contact_is_gone_and_gets_another_id_when_it_comes_back(api):
    first = api.upsert()["contactId"]
    answer = {"success": True, "message": [], "result": "Contact deleted"}
    assert api.post("contact/delete", email=ANN.upper()) == answer
    assert api.control.contact(ANN) is None
    assert api.post("contact/delete", email=ANN) == answer
    assert api.upsert()["contactId"] != first


@pytest.mark.parametrize(
    ("addressed", "left"),
    [
        ({"addresseeType": "email", "value": f"{ANN}, {BOB}"}, []),
        ({"addresseeType": "EMAIL", "value": ANN}, [BOB]),
        ({"addresseeType": "TAG", "value": "OLD"}, [ANN]),
        ({"addresseeType": "stage", "value": "funnel1", "optValue": "stage1"}, [ANN, BOB]),
    ],
)
def test_many_contacts_are_deleted_by_any_kind_of_addressee(api, addressed, left):
    api.create(ANN, BOB)
    api.upsert(contact={"email": BOB}, tags=["OLD"])
    answer = api.post("contact/batchDelete", contacts=[addressed])
    assert answer == {"success": True, "message": [], "result": "Contacts deleted"}
    assert [email for email in (ANN, BOB) if api.control.contact(email)] == left


@pytest.mark.parametrize(
    ("contacts", "words"),
    [
        ([], "contacts: empty"),
        ([{"addresseeType": "ALL", "value": "x"}], "contacts[0].addresseeType: not one of"),
        ([{"addresseeType": "EMAIL", "value": f"{ANN},x"}], "contacts[0].value: not an e-mail"),
        ([{"addresseeType": "TAG", "value": "x" * 256}], "longer than 255"),
    ],
)
def test_what_the_table_of_batch_delete_does_not_allow_is_refused(api, contacts, words):
    answer = api.post("contact/batchDelete", contacts=contacts)
    assert answer["success"] is False
    assert words in answer["message"][0]


def test_the_main_owner_is_changed_to_a_user_of_the_account(api):
    api.create(ANN)
    new = min(api.client.owners)
    assert api.post("contact/setMainOwner", contact=ANN, newOwner=new)["success"] is True
    assert api.control.contact(ANN)["owner"] == new
    for fields in ({"contact": BOB, "newOwner": new}, {"contact": ANN, "newOwner": "x@y.pl"}):
        assert api.post("contact/setMainOwner", **fields)["success"] is False


def test_monitoring_stops_and_is_restored_in_the_documented_words(api):
    api.create(ANN)
    contacts = [{"addresseeType": "email", "value": ANN}]
    stopped = api.post("contact/stopMonitoring", contacts=contacts, **{"async": False})
    assert stopped == {"success": True, "message": ["Contacts have stopped being monitored."]}
    assert api.control.contact(ANN)["monitored"] is False
    restored = api.post("contact/restoreMonitoring", contacts=contacts)
    assert restored == {"success": True, "message": ["Contacts have restored being monitored."]}
    assert api.control.contact(ANN)["monitored"] is True


def test_an_update_replaces_the_event_as_a_whole(api, event):
    api.create(ANN)
    event_id = api.post("v2/contact/addContactExtEvent", **event(detail1="x"))["eventId"]
    changed = {**event(detail2="y")["contactEvent"], "eventId": event_id}
    answer = api.post("v2/contact/updateContactExtEvent", contactEvent=changed)
    assert answer == {"success": True, "message": [], "eventId": event_id}
    (found,) = api.control.contact(ANN)["events"]
    assert (found["eventId"], found.get("detail1"), found["detail2"]) == (event_id, None, "y")


def test_an_update_must_have_a_date_and_its_location_may_have_hyphens_and_dots(api, event):
    """000:2584 and 000:2587."""
    api.create(ANN)
    event_id = api.post("v2/contact/addContactExtEvent", **event())["eventId"]
    changed = {**event()["contactEvent"], "eventId": event_id, "location": "shop-1/a.b"}
    assert api.post("v2/contact/updateContactExtEvent", contactEvent=changed)["success"]
    undated = {name: value for name, value in changed.items() if name != "date"}
    refused = api.post("v2/contact/updateContactExtEvent", contactEvent=undated)
    assert "contactEvent.date: not given" in refused["message"][0]


def test_an_update_must_name_an_event_that_is_there(api, event):
    changed = event()["contactEvent"]
    missing = api.post("v2/contact/updateContactExtEvent", contactEvent=changed)
    assert "contactEvent.eventId: not given" in missing["message"][0]
    unknown = {**changed, "eventId": "no-such"}
    answer = api.post("v2/contact/updateContactExtEvent", contactEvent=unknown)
    assert "no such event" in answer["message"][0]


def test_an_event_is_deleted_by_event_id_before_external_id(api, event):
    api.create(ANN)
    event_id = api.post("v2/contact/addContactExtEvent", **event())["eventId"]
    api.events(event(external_id="order-2"))
    both = {"eventId": event_id, "externalId": "order-2"}
    answer = api.post("v2/contact/deleteContactExtEvent", **both)
    assert answer["result"] == "Ext event has been scheduled to delete."
    assert [e["externalId"] for e in api.control.contact(ANN)["events"]] == ["order-2"]
    api.post("v2/contact/deleteContactExtEvent", externalId="order-2")
    assert api.control.contact(ANN)["events"] == []


def test_a_deletion_that_names_nothing_is_refused_in_the_documented_words(api):
    assert api.post("v2/contact/deleteContactExtEvent") == {
        "success": False,
        "message": ["No eventId/externalId specified"],
        "result": None,
    }
