"""The plain helpers: which message each one sends, and how."""

import inspect
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from batchline.producers.salesmanago import helper as helper_module
from batchline.salesmanago import (
    add_coupon,
    add_external_event,
    add_note,
    delete_contact,
    delete_external_event,
    modify_points,
    redeem_coupon,
    send_email,
    send_message,
    send_push,
    set_contact_owner,
    update_external_event,
    upsert_contact,
)
from batchline.systems.salesmanago.messages import (
    Contact,
    ContactDeletion,
    ContactEvent,
    ContactUpsert,
    CouponAddition,
    CouponRedemption,
    EmailSending,
    EventDeletion,
    EventUpdate,
    ExternalEvent,
    Note,
    OwnerChange,
    PointsChange,
    Push,
    TextMessage,
    UpdatedEvent,
)


class Recorder:
    """A producer that keeps what it is given."""

    def __init__(self):
        self.sent = []

    def send(self, message, *, account="default", idempotency_key=None, delay=None, at=None):
        self.sent.append((message, account, idempotency_key, delay, at))
        return f"id-{len(self.sent)}"


@pytest.fixture
def producer():
    return Recorder()


def only_message(producer):
    ((message, *options),) = producer.sent
    assert options == ["default", None, None, None]
    return message


def test_upsert_contact_sends_every_field_it_is_given(producer):
    sent_id = upsert_contact(
        "name@example.com",
        contact_id="1a2b",
        name="John Doe",
        phone="+15554443322",
        fax="",
        company="Vendor",
        external_id="U1",
        state="CUSTOMER",
        address={"city": "Kraków", "zipCode": "43-305"},
        province="Małopolska",
        birthday=date(1987, 6, 5),
        new_email="new@example.com",
        force_opt_in=True,
        force_opt_out=False,
        force_phone_opt_in=False,
        force_phone_opt_out=True,
        tags=["A"],
        remove_tags=["B"],
        properties={"size": "XL"},
        dictionary_properties=[{"name": "visits", "type": "NUMBER", "value": 42}],
        consent_details=[{"consent_name": "TERMS", "consent_accept": True}],
        relation={"type": "CHILD", "email": "other@example.com"},
        owner="admin@vendor.pl",
        use_api_double_opt_in=False,
        lang="PL",
        fire_events=True,
        producer=producer,
    )
    message = only_message(producer)
    assert sent_id == "id-1"
    assert json.loads(message.payload()) == {
        "contact": {
            "email": "name@example.com",
            "contactId": "1a2b",
            "name": "John Doe",
            "phone": "+15554443322",
            "fax": "",
            "company": "Vendor",
            "externalId": "U1",
            "state": "CUSTOMER",
            "address": {"zipCode": "43-305", "city": "Kraków"},
        },
        "newEmail": "new@example.com",
        "birthday": "19870605",
        "province": "Małopolska",
        "forceOptIn": True,
        "forceOptOut": False,
        "forcePhoneOptIn": False,
        "forcePhoneOptOut": True,
        "tags": ["A"],
        "removeTags": ["B"],
        "properties": {"size": "XL"},
        "dictionaryProperties": [{"name": "visits", "type": "NUMBER", "value": 42}],
        "consentDetails": [{"consentName": "TERMS", "consentAccept": True}],
        "relation": {"type": "CHILD", "email": "other@example.com"},
    }
    assert json.loads(message.options()) == {
        "owner": "admin@vendor.pl",
        "useApiDoubleOptIn": False,
        "lang": "PL",
        "fireEvents": True,
    }


def test_upsert_contact_sends_what_only_the_single_upsert_takes(producer):
    upsert_contact(
        "name@example.com",
        async_=False,
        double_opt_in_email_id="7",
        double_opt_in_language="PL",
        producer=producer,
    )
    assert json.loads(only_message(producer).options()) == {
        "async": False,
        "doubleOptInEmailId": "7",
        "doubleOptInLanguage": "PL",
    }


def test_add_external_event_sends_every_field_it_is_given(producer):
    moment = datetime(2022, 8, 8, 6, 8, 8, tzinfo=UTC)
    add_external_event(
        "name@example.com",
        "PURCHASE",
        contact_id="1a2b",
        date=moment,
        products=["p01", "p02"],
        value=189.99,
        location="examplecom",
        description="",
        external_id="O-1",
        shop_domain="example.com",
        detail1="card",
        detail20="last",
        owner="admin@vendor.pl",
        producer=producer,
    )
    assert only_message(producer) == ExternalEvent.model_validate(
        {
            "owner": "admin@vendor.pl",
            "email": "name@example.com",
            "contactId": "1a2b",
            "contactEvent": {
                "date": 1659938888000,
                "contactExtEventType": "PURCHASE",
                "products": "p01,p02",
                "value": 189.99,
                "location": "examplecom",
                "description": "",
                "externalId": "O-1",
                "shopDomain": "example.com",
                "detail1": "card",
                "detail20": "last",
            },
        }
    )


def test_an_event_needs_no_more_than_a_contact_and_a_type(producer):
    add_external_event(contact_id="1a2b", type="VISIT", producer=producer)
    event = only_message(producer).contact_event
    assert event.contact_ext_event_type == "VISIT"
    assert event.date > 1_700_000_000_000


def test_send_push_sends_an_existing_push_to_one_contact(producer):
    send_push(
        "a1b2",
        "app",
        user_id="77",
        properties={"discount": "20%"},
        send_to_all_devices=True,
        producer=producer,
    )
    assert json.loads(only_message(producer).payload()) == {
        "pushId": "a1b2",
        "applicationId": "app",
        "userId": "77",
        "properties": {"discount": "20%"},
        "sendToAllDevices": True,
    }


def test_redeem_coupon_sends_the_coupon(producer):
    redeem_coupon("name@example.com", "SB-1", producer=producer)
    assert only_message(producer) == CouponRedemption(email="name@example.com", coupon="SB-1")


def test_add_coupon_sends_the_code_and_until_when(producer):
    add_coupon("name@example.com", "winter", coupon="SB-17", valid=1795248000000, producer=producer)
    assert json.loads(only_message(producer).payload()) == {
        "email": "name@example.com",
        "name": "winter",
        "coupon": "SB-17",
        "valid": 1795248000000,
    }


def test_send_email_sends_an_existing_email_to_one_contact(producer):
    send_email("1a2b", "name@example.com", properties={"size": "M"}, producer=producer)
    assert json.loads(only_message(producer).payload()) == {
        "emailId": "1a2b",
        "contacts": [
            {
                "addresseeType": "EMAIL",
                "value": "name@example.com",
                "properties": [{"name": "size", "value": "M"}],
            }
        ],
    }


def test_send_message_sends_a_text_to_the_contact_of_an_id(producer):
    channels = [{"channel": "SMS", "provider": "APIFONICA"}]
    send_message(
        "Spring",
        contact_id="1a2b",
        text_content="Hi",
        messaging_channel_integration=channels,
        producer=producer,
    )
    assert json.loads(only_message(producer).payload()) == {
        "name": "Spring",
        "textContent": "Hi",
        "messagingChannelIntegration": channels,
        "contacts": [{"addresseeType": "CONTACT_ID", "value": "1a2b"}],
    }


@pytest.mark.parametrize(("points", "sent"), [(12, ("ADD", 12)), (-3, ("SUBTRACT", 3))])
def test_modify_points_subtracts_what_is_negative(points, sent, producer):
    modify_points("Stars", points, "name@example.com", producer=producer)
    message = only_message(producer)
    assert (message.modification_type, message.points) == sent


CALLS = {
    "upsert_contact": lambda **more: upsert_contact("name@example.com", **more),
    "add_external_event": lambda **more: add_external_event("name@example.com", "CART", **more),
    "send_push": lambda **more: send_push("a1b2", "app", email="name@example.com", **more),
    "redeem_coupon": lambda **more: redeem_coupon("name@example.com", "SB-1", **more),
    "add_coupon": lambda **more: add_coupon("name@example.com", "winter", length=7, **more),
    "send_email": lambda **more: send_email("1a2b", "name@example.com", **more),
    "send_message": lambda **more: send_message(
        "Spring", "name@example.com", text_content="Hi", **more
    ),
    "add_note": lambda **more: add_note("name@example.com", "Called.", **more),
    "modify_points": lambda **more: modify_points("Stars", 12, "name@example.com", **more),
}


@pytest.mark.parametrize("helper", CALLS)
def test_every_helper_hands_on_how_to_send(helper, producer):
    CALLS[helper](
        account="shop", idempotency_key="key-1", delay=timedelta(minutes=5), producer=producer
    )
    CALLS[helper](at=1795248000000, producer=producer)
    assert [sent[1:] for sent in producer.sent] == [
        ("shop", "key-1", timedelta(minutes=5), None),
        ("default", None, None, 1795248000000),
    ]


@pytest.mark.parametrize("helper", CALLS)
def test_every_helper_uses_the_default_producer_unless_told(helper, producer, monkeypatch):
    monkeypatch.setattr(helper_module, "default_producer", lambda: producer)
    assert CALLS[helper]() == "id-1"


@pytest.mark.parametrize("helper", CALLS)
def test_a_misspelt_argument_is_a_type_error_and_nothing_is_sent(helper, producer):
    with pytest.raises(TypeError, match="acount"):
        CALLS[helper](acount="shop", producer=producer)
    assert producer.sent == []


def test_deleting_and_changing_sends_what_it_is_given(producer):
    delete_contact("name@example.com", owner="o@example.com", producer=producer, delay=5)
    set_contact_owner("name@example.com", "new@example.com", producer=producer)
    update_external_event(
        "name@example.com",
        "CART",
        event_id="e-1",
        value=2,
        detail1="d",
        date=10**12,
        producer=producer,
    )
    delete_external_event("name@example.com", external_id="o-1", producer=producer)
    sent = [(m.operation, json.loads(m.payload())) for m, *_ in producer.sent]
    assert sent == [
        ("contact.delete", {"email": "name@example.com"}),
        ("contact.set_owner", {"contact": "name@example.com", "newOwner": "new@example.com"}),
        (
            "event.update",
            {
                "email": "name@example.com",
                "contactEvent": {
                    "date": 10**12,
                    "contactExtEventType": "CART",
                    "value": 2.0,
                    "detail1": "d",
                    "eventId": "e-1",
                },
            },
        ),
        ("event.delete", {"email": "name@example.com", "externalId": "o-1"}),
    ]
    assert json.loads(producer.sent[0][0].options()) == {
        "op": "contact.delete",
        "owner": "o@example.com",
    }
    assert producer.sent[0][3] == 5


def test_a_name_that_no_helper_knows_is_refused(producer):
    with pytest.raises(TypeError, match="nonsense"):
        upsert_contact("name@example.com", nonsense=1, producer=producer)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda p: upsert_contact("nobody", tags="VIP", producer=p), "contact.email"),
        (lambda p: upsert_contact("nobody", tags="VIP", producer=p), "tags"),
        (lambda p: upsert_contact(producer=p), "email or contactId"),
        (lambda p: add_external_event("name@example.com", producer=p), "contactExtEventType"),
        (lambda p: add_external_event("a@b.pl", "CART", value=1.999, producer=p), "value"),
        (lambda p: send_push("a1b2", "app", producer=p), "email, contactId, userId"),
        (lambda p: redeem_coupon("nobody", "SB-1", producer=p), "email"),
        (lambda p: add_coupon("a@b.pl", "winter", producer=p), "length, coupon"),
        (lambda p: send_email("1a2b", "nobody", producer=p), "contacts.0"),
        (lambda p: send_message("Spring", text_content="Hi", producer=p), "contacts.0.value"),
        (lambda p: add_note("a@b.pl", producer=p), "note"),
        (lambda p: modify_points("Stars", 0, "a@b.pl", producer=p), "points"),
    ],
)
def test_bad_input_is_named_in_the_caller_and_nothing_is_sent(call, field, producer):
    with pytest.raises(ValidationError) as refused:
        call(producer)
    problems = [".".join(map(str, e["loc"])) + e["msg"] for e in refused.value.errors()]
    snake = {"contactExtEventType": "contact_ext_event_type"}.get(field, field)
    assert any(field in problem or snake in problem for problem in problems)
    assert producer.sent == []


@pytest.mark.parametrize(
    ("helper", "models", "renamed"),
    [
        (
            update_external_event,
            (EventUpdate, UpdatedEvent),
            {"contact_event", "contact_ext_event_type"},
        ),
        (delete_external_event, (EventDeletion,), set()),
        (delete_contact, (ContactDeletion,), set()),
        (set_contact_owner, (OwnerChange,), {"contact"}),
        (upsert_contact, (ContactUpsert, Contact), {"contact"}),
        (
            add_external_event,
            (ExternalEvent, ContactEvent),
            {"contact_event", "contact_ext_event_type"},
        ),
        (send_push, (Push,), set()),
        (redeem_coupon, (CouponRedemption,), set()),
        (add_coupon, (CouponAddition,), set()),
        # One contact each; who leaves others out, or lists many, builds the message.
        (send_email, (EmailSending,), {"contacts", "exclude_contacts"}),
        (send_message, (TextMessage,), {"contacts"}),
        (add_note, (Note,), set()),
        (modify_points, (PointsChange,), {"contacts", "modification_type"}),
    ],
)
def test_every_field_of_the_message_is_an_argument_of_its_helper(helper, models, renamed):
    fields = {name for model in models for name in model.model_fields} - renamed
    building = inspect.signature(helper.build).parameters.keys()
    assert fields <= building
    sending = {"producer", "account", "idempotency_key", "anew", "delay", "at"}
    assert inspect.signature(helper).parameters.keys() == building | sending
