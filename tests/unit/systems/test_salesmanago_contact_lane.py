"""The lane of contacts with all that travels in it, held against a model of the API."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchline.systems.salesmanago.contacts import next_contacts, repeats_matter
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    ContactMassDeletion,
    ContactUpsert,
    MonitoringRestoration,
    MonitoringStop,
    OwnerChange,
)
from tests.builders import ANN, contact, run_of
from tests.models.salesmanago import ACCOUNT, SYSTEM, Model
from tests.properties import examples

LANE = "contact.upsert"
WHO = [f"{name}@shop.example" for name in ("ann", "bob", "eve")]


def upsert(email=WHO[0], number=0, tag="A"):
    return ContactUpsert.model_validate(
        {"contact": {"email": email}, "properties": {"n": str(number)}, "tags": [tag]}
    )


def delete(email=WHO[0], **more):
    return ContactDeletion(email=email, **more)


def delete_many(kind, values, **more):
    contacts = [{"addresseeType": kind, "value": values}]
    return ContactMassDeletion.model_validate({"contacts": contacts, **more})


def stop(*emails, message=MonitoringStop):
    return message.model_validate({"contacts": [{"value": email} for email in emails]})


def calls(*messages):
    model = Model()
    model.deliver(LANE, run_of(messages))
    return model.calls


def test_deletions_of_one_owner_become_one_call_with_values_within_the_limit():
    emails = [f"customer{n}@shop.example" for n in range(40)]
    merged = SYSTEM.merge(LANE, run_of([delete(email) for email in emails]))
    ((request,),) = SYSTEM.plan(merged, LANE, ACCOUNT.operation(LANE), ACCOUNT)
    contacts = json.loads(SYSTEM.call(request, ACCOUNT, 1.0).body)["contacts"]
    assert request.path == "/api/contact/batchDelete"
    assert all(one["addresseeType"] == "EMAIL" and len(one["value"]) <= 255 for one in contacts)
    assert [value for one in contacts for value in one["value"].split(", ")] == emails


def test_tags_are_never_put_together_for_both_may_have_to_be_there():
    merged = SYSTEM.merge(LANE, run_of([delete_many("TAG", "A"), delete_many("TAG", "B")]))
    ((request,),) = SYSTEM.plan(merged, LANE, ACCOUNT.operation(LANE), ACCOUNT)
    contacts = json.loads(SYSTEM.call(request, ACCOUNT, 1.0).body)["contacts"]
    assert [one["value"] for one in contacts] == ["A", "B"]


def test_deletions_of_other_owners_are_calls_of_their_own():
    assert calls(delete(WHO[0]), delete(WHO[1], owner="x@vendor.pl")) == ["contact/delete"] * 2


def test_every_change_of_owner_is_a_call():
    changes = [OwnerChange(contact=who, new_owner="x@vendor.pl") for who in WHO]
    assert calls(*changes) == ["contact/setMainOwner"] * 3


def test_contacts_no_longer_monitored_are_one_call():
    assert calls(stop(WHO[0]), stop(WHO[1]), stop(WHO[1], WHO[2])) == [
        "contact/stopMonitoring",
        "contact/stopMonitoring",
    ]


def test_the_same_change_twice_is_one_item():
    merged = SYSTEM.merge(LANE, run_of([delete(), delete(), delete(WHO[1])]))
    assert [item.messages for item in merged] == [(0, 1), (2,)]


def test_upserts_merge_where_nothing_else_of_their_contact_lies_between():
    messages = [upsert(WHO[0], 1), delete(WHO[1]), upsert(WHO[0], 2), upsert(WHO[1], 3)]
    merged = SYSTEM.merge(LANE, run_of(messages))
    assert [item.messages for item in merged] == [(0, 2), (1,), (3,)]


@pytest.mark.parametrize(
    "between", [delete_many("TAG", "B"), delete_many("EMAIL", ", ".join(WHO[1:])), stop(*WHO)]
)
def test_nothing_passes_what_is_about_many_contacts(between):
    messages = [upsert(WHO[0], 1), between, upsert(WHO[0], 2)]
    merged = SYSTEM.merge(LANE, run_of(messages))
    waves = SYSTEM.plan(merged, LANE, ACCOUNT.operation(LANE), ACCOUNT)
    assert [[n for r in wave for i in r.items for n in i.messages] for wave in waves] == [
        [0],
        [1],
        [2],
    ]


EMAILS = st.sampled_from(WHO)
MESSAGES = st.one_of(
    st.builds(upsert, EMAILS, st.integers(0, 9), st.sampled_from("AB")),
    st.builds(upsert, EMAILS, st.integers(0, 9), st.sampled_from("AB")),
    st.builds(delete, EMAILS),
    st.builds(delete, EMAILS, owner=st.just("other@vendor.pl")),
    st.builds(delete_many, st.just("EMAIL"), EMAILS),
    st.builds(delete_many, st.just("EMAIL"), st.just(f"{WHO[0]}, {WHO[2]}")),
    st.builds(delete_many, st.just("TAG"), st.sampled_from("AB")),
    st.builds(lambda who: OwnerChange(contact=who, new_owner="x@vendor.pl"), EMAILS),
    st.builds(stop, EMAILS),
    st.builds(stop, EMAILS, EMAILS),
    st.builds(stop, EMAILS, message=st.just(MonitoringRestoration)),
)


def applied(batches, backwards=False):
    model = Model()
    for batch in batches:
        model.deliver(LANE, run_of(batch), backwards)
    return model.contacts


@settings(max_examples=examples(250), deadline=None)
@given(st.lists(MESSAGES, max_size=10), st.booleans())
def test_merging_planning_and_applying_equals_applying_one_by_one(messages, backwards):
    assert applied([messages], backwards) == applied([[message] for message in messages])


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            b'{"contact":{"email":"eva@club.example"},"newEmail":"Eva@New.example"}',
            "eva@new.example",
        ),
        (b'{"contact":{"email":"eva@club.example"},"newEmail":"EVA@club.example"}', ""),
        (b'{"contact":{"contactId":"5f2c"},"newEmail":"eva@new.example"}', "eva@new.example"),
        (b'{"contact":{"email":"eva@club.example"},"properties":{"newEmail":"x"}}', ""),
        (b'{"contact":{"email":"eva@club.example"},"newEmail":null}', ""),
        (b'{"contact":{},"newEmail":"eva@new.example"}', ""),
        (b'["newEmail"', ""),
        (b'["newEmail"]', ""),
        (b'{"contact":5,"newEmail":"eva@new.example"}', ""),
    ],
)
def test_the_next_address_is_found_in_whatever_is_enqueued(payload, expected):
    assert next_contacts([b"{}", payload]) == ({1: expected} if expected else {})


@pytest.mark.parametrize(
    ("fields", "account_default", "matters"),
    [
        ({}, True, False),
        ({"force_opt_in": True}, True, True),
        ({"force_opt_in": True}, False, False),
        ({"force_opt_in": True, "use_api_double_opt_in": True}, False, True),
        ({"force_opt_in": True, "use_api_double_opt_in": False}, True, False),
        ({"force_opt_out": True}, True, False),
        ({"force_phone_opt_in": True}, True, False),
        ({"new_email": "eva@new.example"}, False, True),
        # A new contact is opted in by default (000:236), and then asked to confirm (000:241).
        ({"use_api_double_opt_in": True}, False, True),
        ({"use_api_double_opt_in": True, "force_opt_in": False}, False, True),
        ({"use_api_double_opt_in": True, "force_opt_out": True}, False, False),
        ({"double_opt_in_language": "ES"}, False, True),
        ({"double_opt_in_email_id": "7", "force_opt_in": True}, False, True),
        ({"double_opt_in_email_id": ""}, False, False),
        ({"double_opt_in_language": "ES", "use_api_double_opt_in": False}, True, False),
        ({"async_": False}, True, False),
    ],
)
def test_an_upsert_is_idempotent_unless_it_asks_to_confirm_or_changes_the_address(
    fields, account_default, matters
):
    upserts = [contact("ida@club.example"), ContactUpsert(contact={"email": ANN}, **fields)]
    account = ACCOUNT.model_copy(update={"use_api_double_opt_in": account_default})
    assert repeats_matter(run_of(upserts).columns, account) == ({1} if matters else set())
