"""An identifier that is "" beside another one is none, as in a sample (000:4328)."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from batchline.producers import neutral
from batchline.systems.esputnik import messages as es
from batchline.systems.salesmanago import messages as sm
from batchline.systems.smartsender import messages as ss

ANN, EVENT = "ann@shop.example", {"contactExtEventType": "CART", "date": 1433449419000}
#: contact/addNote, the sample without the auth block (000:4327-4331).
NOTE = {
    "owner": "owner@test.pl",
    "contactId": "",
    "email": "test1@test.pl",
    "priv": False,
    "note": "Note which will be assigned to contacts",
}
ORDER = {"externalOrderId": "o-1", "totalCost": 1, "status": "DELIVERED", "date": "2026-11-27"}
FILE = {"name": "a.gif", "contentType": "image/gif", "content": "QQ=="}


def with_attachment(**addressee):
    return {"emailId": "e", "attachment": FILE, "contacts": [{**addressee, "properties": []}]}


#: Message, its fields, and where an identifier is.
BESIDE = {
    "a contact by id": (sm.ContactUpsert, {"contact": {"email": "", "contactId": "c-1"}}),
    "a contact by address": (sm.ContactUpsert, {"contact": {"email": ANN, "contactId": ""}}),
    "Python's names": (sm.ContactUpsert, {"contact": {"email": ANN, "contact_id": " "}}),
    "an event": (sm.ExternalEvent, {"email": "", "contactId": "c-1", "contactEvent": EVENT}),
    "an update": (
        sm.EventUpdate,
        {
            "email": ANN,
            "contactId": "",
            "contactEvent": {**EVENT, "eventId": "", "externalId": "o-1"},
        },
    ),
    "a deletion": (
        sm.EventDeletion,
        {"email": ANN, "contactId": "", "eventId": "e-1", "externalId": ""},
    ),
    "a note": (sm.Note, NOTE),
    "a push": (
        sm.Push,
        {"pushId": "p", "applicationId": "a", "email": "", "contactId": "", "userId": "7"},
    ),
    "an attachment's contact": (
        sm.EmailWithAttachment,
        with_attachment(addresseeType="EMAIL", email=ANN, contactId="", tag=""),
    ),
    "a new task": (
        sm.TaskUpdate,
        {
            "smContactTaskReq": {
                "contactEmail": ANN,
                "id": "",
                "date": 1433449419000,
                "reminder": "15_MIN",
            }
        },
    ),
    "an order of eSputnik": (
        es.Order,
        {**ORDER, "externalCustomerId": "", "email": ANN, "phone": ""},
    ),
    "a contact of eSputnik by address": (
        es.ContactUpsert,
        {"externalCustomerId": "", "id": "", "channels": [{"type": "email", "value": ANN}]},
    ),
    "a contact of eSputnik by address, one at once": (
        es.SingleContactUpsert,
        {"external_customer_id": " ", "channels": [{"type": "email", "value": ANN}]},
    ),
    "a contact of eSputnik by its own id": (
        es.ContactUpdate,
        {"contactId": "7", "externalCustomerId": "", "firstName": "Ann"},
    ),
    "a subscribed contact of eSputnik": (
        es.ContactSubscription,
        {"contact": {"externalCustomerId": "", "channels": [{"type": "email", "value": ANN}]}},
    ),
    "a deleted contact of eSputnik": (
        es.ContactDeletion,
        {"contactId": "", "externalCustomerId": "c-1"},
    ),
    "a prepared message of eSputnik": (
        es.PreparedMessage,
        {"messageId": 7, "locator": ANN, "contactId": ""},
    ),
    "an event of eSputnik": (
        es.EventV2,
        {"eventTypeKey": "cart", "keyValue": "", "params": [{"name": "Email", "value": ANN}]},
    ),
    "a gate of Smart Sender": (
        ss.ContactCreate,
        {"channelId": 7, "identifier": "c-1", "firstName": "Ann", "email": "", "phone": " "},
    ),
}


def without_empty(part):
    if isinstance(part, dict):
        kept = {name: without_empty(one) for name, one in part.items()}
        return {name: one for name, one in kept.items() if one not in ("", " ")}
    return [without_empty(one) for one in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", BESIDE)
def test_an_empty_identifier_beside_another_one_is_none(name):
    model, fields = BESIDE[name]
    assert model.model_validate(fields) == model.model_validate(without_empty(fields))
    assert b'""' not in model.model_validate(fields).payload()


def test_the_sample_of_a_note_goes_out_without_its_empty_contact_id():
    note = sm.Note.model_validate(NOTE)
    sent = json.loads(note.payload()) | json.loads(note.options())
    assert sent == {name: value for name, value in NOTE.items() if name != "contactId"}


@pytest.mark.parametrize("name", BESIDE)
def test_identifiers_that_are_all_empty_are_refused(name):
    model, fields = BESIDE[name]
    values = (ANN, "c-1", "7", "e-1", "test1@test.pl")
    nobody = json.loads(json.dumps(fields), object_hook=lambda one: _emptied(one, values))
    with pytest.raises(ValidationError):
        model.model_validate(nobody)


def _emptied(part, values):
    return {name: "" if value in values else value for name, value in part.items()}


@pytest.mark.parametrize("model", [es.ContactUpsert, es.SingleContactUpsert])
@pytest.mark.parametrize(
    "identifiers",
    [{"channels": [{"type": "sms", "value": "48500100200"}]}, {"externalCustomerId": "c-1"}],
)
def test_a_channel_of_esputnik_without_a_value_is_none_where_something_else_names_the_contact(
    model, identifiers
):
    given = {"firstName": "Ann", **identifiers}
    empty = {"type": "email", "value": " "}
    channels = [empty, *identifiers.get("channels", [])]
    assert model.model_validate({**given, "channels": channels}) == model.model_validate(given)
    with pytest.raises(ValidationError, match=r"channels\.0\.value"):
        model.model_validate({"firstName": "Ann", "channels": [empty]})


def test_an_empty_list_of_ids_beside_another_one_is_none():
    ids = {"segmentId": 7, "externalCustomerIds": ["c-1"]}
    change = es.SegmentAttachment.model_validate({**ids, "contactIds": []})
    assert change == es.SegmentAttachment.model_validate(ids)
    with pytest.raises(ValidationError):
        es.SegmentAttachment.model_validate({**ids, "contactIds": [], "externalCustomerIds": []})


@pytest.mark.parametrize("given", [{"email": ANN}, {"phone": "+48500100200"}, {"external_id": "7"}])
def test_a_neutral_contact_is_known_by_what_is_not_empty(given):
    empty = {"email": "", "phone": "", "external_id": ""}
    assert neutral.Contact(**{**empty, **given}) == neutral.Contact(**given)
    with pytest.raises(ValidationError):
        neutral.Contact(**empty)


def test_a_neutral_event_is_of_the_contact_that_is_not_empty_and_keeps_its_own_id():
    event = neutral.Event(type="CART", email="", contact_external_id="7", phone="", time=10**12)
    assert (event.email, event.phone, event.contact_external_id) == (None, None, "7")
    with pytest.raises(ValidationError, match="external_id"):
        neutral.Event(type="CART", email=ANN, external_id="")


@pytest.mark.parametrize(
    ("kind", "field"), [("EMAIL", "email"), ("CONTACT_ID", "contactId"), ("TAGS", "tag")]
)
def test_what_names_an_attachments_contacts_has_254_characters(kind, field):
    """000:3364: "email/contactId/tag 254"."""
    end = "@shop.example.com" if field == "email" else ""
    longest = ("x" * (64 if end else 254)) + end
    sm.EmailWithAttachment.model_validate(with_attachment(addresseeType=kind, **{field: longest}))
    if not end:
        with pytest.raises(ValidationError, match=f"{field}\n.*at most 254"):
            sm.EmailWithAttachment.model_validate(
                with_attachment(addresseeType=kind, **{field: longest + "x"})
            )
