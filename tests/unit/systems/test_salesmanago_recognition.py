"""Whether contact/list shows an event or a coupon: by what it is, and never by a guess."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.messages import (
    CouponAddition,
    CouponRedemption,
    EventUpdate,
    ExternalEvent,
)
from batchline.systems.verdicts import DELIVERED, Verified
from tests.builders import run_of

ACCOUNT = SalesmanagoAccount(
    system="salesmanago",
    url="https://app2.salesmanago.com",
    client_id="c",
    api_key="k",
    api_secret="s",
    owner="owner@vendor.pl",
)
EVA, IDA = "eva@shop.example", "5f2c7a10-0000-4000-8000-00000000000e"
BOOKED = {
    "date": 1_640_995_200_417,
    "contactExtEventType": "RESERVATION",
    "externalId": "room-5",
    "value": 80.5,
    "products": "double,breakfast",
}


def event(email=EVA, contact_id=None, owner=None, single=False, **fields):
    return ExternalEvent.model_validate(
        {
            "email": email,
            "contactId": contact_id,
            "owner": owner,
            "single": single or None,
            "contactEvent": BOOKED | fields,
        }
    )


def asked(messages):
    """The questions about these messages, and the bodies of their calls."""
    items = run_of(messages)
    questions = SYSTEM.adapter.verify(items, messages[0].operation)
    calls = [SYSTEM.adapter.call(question, ACCOUNT, 0.0) for question in questions]
    return questions, [json.loads(call.body) for call in calls]


def known(messages, *contacts, **answer):
    """Per message "taken", "not taken", "unknown", "unshown" or "kept", after such an answer."""
    (question,), _ = asked(messages)
    body = {"success": True, "message": [], "contacts": list(contacts), **answer}
    reply = HttpAnswer(200, {}, json.dumps(body).encode())
    outcome = SYSTEM.adapter.judge(question, reply, ACCOUNT, 0.0)
    assert isinstance(outcome, Verified)
    told = {}
    for index, item in enumerate(question.items):
        if outcome.verdicts.get(index) == DELIVERED:
            told[item.messages[0]] = "taken"
        else:
            assert index not in outcome.verdicts
            names = ("unknown", "unshown", "kept")
            said = [name for name in names if index in getattr(outcome, name)]
            assert len(said) <= 1
            told[item.messages[0]] = said[0] if said else "not taken"
    return [told[index] for index in range(len(messages))]


def contact(*events, **fields):
    return {"id": IDA, "email": EVA, "contactExtEvents": list(events), **fields}


@pytest.mark.parametrize(
    "shown",
    [
        BOOKED,
        BOOKED | {"eventId": None},
        BOOKED | {"date": 1_640_995_200_000},
        BOOKED | {"date": "1640995200417"},
        BOOKED | {"value": "80.50"},
        BOOKED | {"products": "breakfast, double"},
        BOOKED | {"externalId": " room-5 "},
        BOOKED | {"description": "written by the hotel", "detail1": None},
    ],
)
def test_an_event_is_recognised_in_any_spelling_of_its_own_fields(shown):
    assert known([event()], contact(shown)) == ["taken"]


@pytest.mark.parametrize(
    "shown",
    [
        {"contactExtEventType": "CANCELLED"},
        {"externalId": "room-6"},
        {"externalId": None},
        {"date": BOOKED["date"] + 1000},
        {"value": 80.51},
        {"products": "double"},
    ],
)
def test_an_event_that_differs_in_one_field_is_another_one(shown):
    assert known([event()], contact(BOOKED | shown)) == ["not taken"]


@pytest.mark.parametrize("field", BOOKED)
@pytest.mark.parametrize("value", [..., [], {"a": 1}, True])
def test_an_event_that_lacks_a_field_may_be_the_one_in_question(field, value):
    shown = {**BOOKED, field: value}
    if value is ...:
        del shown[field]
    assert known([event()], contact(shown)) == ["unknown"]
    assert known([event()], contact(shown, BOOKED)) == ["taken"]


def test_a_number_is_recognised_as_the_digits_of_an_external_id():
    assert known([event(externalId="17")], contact(BOOKED | {"externalId": 17})) == ["taken"]


def test_value_and_products_count_only_where_the_event_has_them():
    bare = event(value=None, products=None)
    assert known([bare], contact(BOOKED)) == ["taken"]


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 3))
def test_of_equal_events_as_many_are_taken_as_the_contact_has(asked_about, there, others):
    shown = [BOOKED] * there + [BOOKED | {"contactExtEventType": "VISIT"}] * others
    answer = known([event()] * asked_about, contact(*shown))
    assert answer.count("taken") == min(asked_about, there)
    assert answer.count("not taken") == max(0, asked_about - there)


def test_equal_events_are_in_one_question_however_many_contacts_lie_between():
    others = [event(f"guest{n}@shop.example") for n in range(120)]
    questions, _ = asked([event(), *others, event()])
    assert [len(question.items) for question in questions] == [51, 50, 21]
    assert [item.messages[0] for item in questions[0].items[:2]] == [0, 121]


@pytest.mark.parametrize("single", [False, True])
def test_a_contact_that_is_not_shown_is_told_from_one_without_the_event(single):
    one = event(single=single)
    assert known([one]) == ["unshown"]
    assert known([one], contact() | {"email": "other@shop.example"}) == ["unshown"]
    others = [one, event("guest@shop.example", single=single)]
    assert known(others, contact(BOOKED)) == ["taken", "unshown"]


def test_a_single_event_that_is_missing_may_be_kept_by_the_api_until_its_contact_is_there():
    """000:2405: "If a Contact does not exist ... the system will wait 5 minutes and try ..."."""
    assert known([event(single=True)], contact(createdOn=1_640_995_200_000)) == ["kept"]
    (question,), _ = asked([event(single=True)])
    for created, until in ((1_640_995_200_000, 1_640_995_800.0), (None, math.inf), ("x", math.inf)):
        body = {"success": True, "message": [], "contacts": [contact(createdOn=created)]}
        answer = HttpAnswer(200, {}, json.dumps(body).encode())
        assert SYSTEM.adapter.judge(question, answer, ACCOUNT, 0.0).kept == {0: until}
    assert known([event(single=True)], contact(BOOKED)) == ["taken"]
    assert known([event()], contact()) == ["not taken"]


def test_two_contacts_under_one_identifier_are_unknown():
    assert known([event()], contact(BOOKED), contact()) == ["unknown"]


@pytest.mark.parametrize("contacts", [None, "none", 5])
def test_an_answer_without_contacts_tells_nothing(contacts):
    assert known([event()], contacts=contacts) == ["unknown"]


def test_a_list_that_is_not_in_the_answer_tells_nothing_and_an_empty_one_does():
    without = {"id": IDA, "email": EVA}
    assert known([event()], without) == ["unknown"]
    assert known([event()], without | {"contactExtEvents": None}) == ["unknown"]
    assert known([event()], without | {"contactExtEvents": []}) == ["not taken"]


def test_a_list_with_an_element_that_is_no_event_shows_only_what_can_be_read():
    assert known([event()], contact("an event", BOOKED)) == ["taken"]
    assert known([event()], contact("an event")) == ["unknown"]


def test_a_contact_is_asked_about_by_its_id_where_the_message_has_it():
    questions, bodies = asked([event(), event(contact_id=IDA), event(None, IDA.upper())])
    paths = [question.path for question in questions]
    assert paths == ["/api/contact/list", "/api/contact/listById"]
    assert bodies[0]["email"] == [EVA]
    assert [one.lower() for one in bodies[1]["contactId"]] == [IDA]
    assert known([event("old@shop.example", IDA)], contact(BOOKED)) == ["taken"]


def test_the_question_is_asked_as_the_owner_that_the_message_was_sent_for():
    _, bodies = asked([event(), event(owner="agent@vendor.pl"), event()])
    assert [body["owner"] for body in bodies] == ["owner@vendor.pl", "agent@vendor.pl"]


@pytest.mark.parametrize("date", [BOOKED["date"], None])
def test_an_event_is_recognised_as_a_later_update_of_its_batch_has_changed_it(date):
    changes = {"value": 95.0, "products": "single", "date": date}
    later = EventUpdate.model_validate({"email": EVA, "contactEvent": BOOKED | changes})
    items = run_of([event(), later], "event.add")
    (question,) = SYSTEM.adapter.verify(items[:1], "event.add")
    for shown, taken in ((BOOKED, 1), (BOOKED | {"value": 95.0, "products": "single"}, 1), ({}, 0)):
        body = {"success": True, "message": [], "contacts": [contact(*([shown] if shown else []))]}
        reply = HttpAnswer(200, {}, json.dumps(body).encode())
        outcome = SYSTEM.adapter.judge(question, reply, ACCOUNT, 0.0)
        assert outcome == Verified({0: DELIVERED} if taken else {})


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([{"coupon": "TEN", "used": True}], "taken"),
        ([{"coupon": "TEN", "used": False}], "not taken"),
        ([{"coupon": "TEN", "used": False}, {"coupon": "TEN", "used": True}], "taken"),
        ([{"coupon": "OTHER", "used": True}], "not taken"),
        ([], "not taken"),
        ([{"coupon": "TEN"}], "unknown"),
        ([{"coupon": "TEN", "used": "yes"}], "unknown"),
        ([{"used": True}], "unknown"),
        (None, "unknown"),
    ],
)
def test_a_coupon_is_redeemed_if_the_contact_is_shown_to_have_used_it(shown, expected):
    message = CouponRedemption(email=EVA, coupon="TEN")
    assert known([message], contact(coupons=shown)) == [expected]


def test_a_coupon_is_given_if_the_contact_is_shown_to_have_it():
    message = CouponAddition(email=EVA, name="summer", coupon="SUMMER-1")
    assert known([message], contact(coupons=[{"coupon": "SUMMER-1"}])) == ["taken"]
    assert known([message], contact(coupons=[])) == ["not taken"]
