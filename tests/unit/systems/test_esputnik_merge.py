"""Merging upserts of one contact, held against the model of the API in `tests/models`."""

import copy
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.columns import Item
from batchline.systems.esputnik import SYSTEM as SPEC
from batchline.systems.esputnik import contacts
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.merge import merge_runs, mergeable
from batchline.systems.esputnik.messages import ContactUpsert
from batchline.systems.esputnik.orders import merge_runs as merge_orders
from tests.models.esputnik_contact import (
    DEFAULTS,
    OPTIONS,
    PEOPLE,
    READINGS,
    STARTS,
    apply,
)
from tests.properties import examples

SYSTEM = SPEC.adapter
EMAIL = {"type": "email", "value": "a@b.pl"}
PHONE = {"type": "sms", "value": "380"}
OTHER_PHONE = {"type": "sms", "value": "381"}


def account(dedupe_on="email"):
    return EsputnikAccount(system="esputnik", api_key="k", dedupe_on=dedupe_on)


def one(**fields):
    return {"channels": [EMAIL], **fields}


# --- by example ----------------------------------------------------------------------------------

EXAMPLES = {
    "the last value of a field wins": (
        [one(firstName="A", lastName="B"), one(firstName="C")],
        one(firstName="C", lastName="B"),
    ),
    "an empty text clears": ([one(firstName="A"), one(firstName="")], one(firstName="")),
    "the address merges by part": (
        [one(address={"town": "A", "region": "B"}), one(address={"town": "C"})],
        one(address={"town": "C", "region": "B"}),
    ),
    "fields merge by id": (
        [
            one(fields=[{"id": 1, "value": "a"}, {"id": 2, "value": "b"}]),
            one(fields=[{"id": 1, "value": "c"}]),
        ],
        one(fields=[{"id": 1, "value": "c"}, {"id": 2, "value": "b"}]),
    ),
    "a number replaces a number, a token joins a token": (
        [
            {"channels": [EMAIL, PHONE, {"type": "mobilepush", "value": "t"}]},
            {"channels": [EMAIL, OTHER_PHONE, {"type": "mobilepush", "value": "u"}]},
        ],
        {
            "channels": [
                EMAIL,
                OTHER_PHONE,
                {"type": "mobilepush", "value": "t"},
                {"type": "mobilepush", "value": "u"},
            ]
        },
    ),
}


@pytest.mark.parametrize(("upserts", "merged"), EXAMPLES.values(), ids=EXAMPLES)
def test_upserts_merge_so_that(upserts, merged):
    before = copy.deepcopy(upserts)
    assert merge_runs(upserts, {"dedupeOn": "email"}) == [(merged, [0, 1])]
    assert upserts == before


@pytest.mark.parametrize(
    ("earlier", "later", "options"),
    [
        # The account may look by the number.
        ({"channels": [EMAIL]}, {"channels": [EMAIL, PHONE]}, {}),
        ({"channels": [EMAIL, PHONE]}, {"channels": [EMAIL, OTHER_PHONE]}, {"dedupeOn": "sms"}),
        # A new contact would be announced with another number.
        (
            {"channels": [EMAIL]},
            {"channels": [EMAIL, PHONE]},
            {"dedupeOn": "email", "eventKeyForNewContacts": "New"},
        ),
        # What is named and not given is cleared.
        (one(firstName="A"), one(), {"contactFields": ["firstName"]}),
        (one(fields=[{"id": 1, "value": "a"}]), one(), {"customFieldsIDs": [1]}),
        # Another contact, or the same one by another name.
        (one(externalCustomerId="1"), one(), {}),
        (one(id=1), one(id=2), {}),
        (
            one(fields=[{"id": 1, "value": "a"}]),
            one(fields=[{"id": 1, "value": "b"}]),
            {"dedupeOn": "fieldId", "fieldId": 1},
        ),
    ],
)
def test_what_one_upsert_cannot_say_stays_two(earlier, later, options):
    assert not mergeable(earlier, later, options)
    assert [indexes for _, indexes in merge_runs([earlier, later], options)] == [[0], [1]]


# --- by property ---------------------------------------------------------------------------------


def item(index, payload, options):
    try:
        message = ContactUpsert.model_validate({**payload, **options})
    except ValidationError:
        return None  # Says nothing that contactFields can name.
    return Item(
        message.payload(), message.contact_key(), message.options(), (index,), "contact.upsert"
    )


def sent(request, chosen):
    return json.loads(SYSTEM.call(request, chosen, 0).body)


UPSERTS = st.lists(st.tuples(PEOPLE, OPTIONS), max_size=6)


@settings(max_examples=examples(400), deadline=None)
@given(STARTS, UPSERTS, DEFAULTS, READINGS, st.randoms(use_true_random=False))
def test_merging_and_batching_then_applying_equals_applying_one_by_one(
    start, upserts, dedupe_on, reading, random
):
    chosen = account(dedupe_on)
    made = [item(index, *upsert) for index, upsert in enumerate(upserts)]
    items = [each for each in made if each is not None]
    assume(items)
    expected = start
    for each in items:
        alone = contacts.BULK.request((each,))
        expected = apply(expected, sent(alone, chosen), reading)
    got = start
    merged = SYSTEM.merge("contact.upsert", items)
    for wave in SYSTEM.plan(merged, "contact.upsert", chosen.operation("contact.upsert"), chosen):
        random.shuffle(wave)
        for request in wave:
            got = apply(got, sent(request, chosen), reading)
    assert by_name(got) == by_name(expected)


def by_name(organisation):
    """Without the order in which contacts of different people were made."""
    return sorted(map(str, map(plain, organisation.contacts))), sorted(
        map(str, organisation.events)
    )


def plain(contact):
    """Null and never written are the same."""
    fields = {name: value for name, value in sorted(contact.fields.items()) if value is not None}
    custom = {name: value for name, value in sorted(contact.custom.items()) if value is not None}
    return contact.own_id, fields, custom, sorted(contact.tokens)


@given(UPSERTS)
def test_every_message_is_in_one_merged_item(upserts):
    made = [item(index, *upsert) for index, upsert in enumerate(upserts)]
    items = [each for each in made if each is not None]
    merged = SYSTEM.merge("contact.upsert", items)
    indexes = sorted(index for each in merged for index in each.messages)
    assert indexes == [each.messages[0] for each in items]


# --- orders --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "runs"),
    [
        ([{"a": 1}, {"a": 2}, {"a": 3, "b": 1}], [({"a": 3, "b": 1}, [0, 1, 2])]),
        # The API may keep what a version does not give: both are told.
        ([{"a": 1, "b": 1}, {"a": 2}], [({"a": 1, "b": 1}, [0]), ({"a": 2}, [1])]),
    ],
)
def test_the_newest_version_of_an_order_stands_for_those_it_replaces(versions, runs):
    assert merge_orders(versions) == runs
