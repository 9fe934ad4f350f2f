"""Merging upserts of one contact, held against the model of the API in `tests/models`."""

import copy
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings

from batchline.systems.salesmanago.merge import is_barrier, merge_runs, merge_upserts, mergeable
from tests.models.salesmanago_contact import ITEMS, PARENT, READINGS, SEQUENCES, STARTS, apply_all
from tests.properties import examples

# --- by example ----------------------------------------------------------------------------------

EXAMPLES = {
    # scalars and maps
    "the last value of a field wins": (
        [{"birthday": "0101", "province": "A"}, {"birthday": "0202"}],
        {"birthday": "0202", "province": "A"},
    ),
    "a field left out or null keeps what came before": (
        [{"birthday": "0101"}, {"birthday": None}, {}],
        {"birthday": "0101"},
    ),
    "an empty string clears": ([{"province": "A"}, {"province": ""}], {"province": ""}),
    "the address merges by key": (
        [
            {"contact": {"address": {"city": "Łódź", "country": "PL"}}},
            {"contact": {"address": {"city": "Kraków"}}},
        ],
        {"contact": {"email": "a@b.pl", "address": {"city": "Kraków", "country": "PL"}}},
    ),
    "properties merge by key": (
        [{"properties": {"size": "S", "pet": "cat"}}, {"properties": {"size": ""}}],
        {"properties": {"size": "", "pet": "cat"}},
    ),
    "dictionary details merge by name, in order of first appearance": (
        [
            {
                "dictionaryProperties": [
                    {"name": "visits", "type": "NUMBER", "value": 1},
                    {"name": "shoe", "type": "NUMBER", "value": 42},
                ]
            },
            {"dictionaryProperties": [{"name": "visits", "type": "DATE", "value": 2}]},
        ],
        {
            "dictionaryProperties": [
                {"name": "visits", "type": "DATE", "value": 2},
                {"name": "shoe", "type": "NUMBER", "value": 42},
            ]
        },
    ),
    "the address that identifies keeps its first spelling": (
        [{"contact": {"email": "A@b.pl"}}, {"contact": {"email": "a@B.pl"}}],
        {"contact": {"email": "A@b.pl"}},
    ),
    # tags
    "a tag added after its removal stays": (
        [{"removeTags": ["VIP"]}, {"tags": ["VIP"]}],
        {"tags": ["VIP"]},
    ),
    "a tag removed after it was added goes": (
        [{"tags": ["VIP", "NEW"]}, {"removeTags": ["VIP"]}],
        {"tags": ["NEW"], "removeTags": ["VIP"]},
    ),
    "a tag in both arrays of one item goes": (
        [{"tags": ["VIP"], "removeTags": ["VIP"]}],
        {"removeTags": ["VIP"]},
    ),
    # opt-in and opt-out
    "the last opt-out clears the opt-in": (
        [{"forceOptIn": True, "forceOptOut": False}, {"forceOptOut": True}],
        {"forceOptIn": False, "forceOptOut": True},
    ),
    "the last opt-in to phone clears the opt-out": (
        [{"forcePhoneOptOut": True}, {"forcePhoneOptIn": True}],
        {"forcePhoneOptIn": True, "forcePhoneOptOut": False},
    ),
    "flags that are all false change nothing": (
        [{"forceOptOut": True}, {"forceOptIn": False, "forceOptOut": False}],
        {"forceOptIn": False, "forceOptOut": True},
    ),
    "opt-out wins over opt-in within one item": (
        [{"forceOptIn": True, "forceOptOut": True}],
        {"forceOptIn": False, "forceOptOut": True},
    ),
    # the rest
    "an equal relation merges": (
        [{"relation": {"type": "CHILD", "email": "p@b.pl"}}, {}],
        {"relation": {"type": "CHILD", "email": "p@b.pl"}},
    ),
}


def of_one_contact(item):
    return {**item, "contact": {"email": "a@b.pl", **item.get("contact", {})}}


@pytest.mark.parametrize(("items", "merged"), EXAMPLES.values(), ids=EXAMPLES)
def test_upserts_merge_so_that(items, merged):
    runs = merge_runs([of_one_contact(item) for item in items])
    assert runs == [(of_one_contact(merged), list(range(len(items))))]


def consent(accept, opt_out, **details):
    return {"consentName": "TERMS", "consentAccept": accept, "optOut": opt_out, **details}


CONFIRMED, WITHDRAWN, NOT_CONFIRMED = consent(True, False), consent(False, True), consent(0, 0)


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        # "Confirmed" or "withdrawn" cannot be changed to "not confirmed".
        ([CONFIRMED, NOT_CONFIRMED], CONFIRMED),
        ([WITHDRAWN, NOT_CONFIRMED], WITHDRAWN),
        ([NOT_CONFIRMED, CONFIRMED, NOT_CONFIRMED], CONFIRMED),
        # Between the two the last one wins.
        ([CONFIRMED, WITHDRAWN], WITHDRAWN),
        ([WITHDRAWN, CONFIRMED], CONFIRMED),
        # It comes with its own details, and the current date where it gives none.
        ([consent(True, False, agreementDate=1), WITHDRAWN], WITHDRAWN),
        ([consent(True, False, ip="10.0.0.1"), consent(0, 1, ip="::1")], consent(0, 1, ip="::1")),
    ],
)
def test_a_consent_ends_as_the_last_entry_that_took_effect(entries, left):
    items = [of_one_contact({"consentDetails": [entry]}) for entry in entries]
    [(merged, indexes)] = merge_runs(items)
    assert merged["consentDetails"] == [left]
    assert len(indexes) == len(items)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        # A change of address, on either side.
        ({"newEmail": "new@b.pl"}, {}),
        ({}, {"newEmail": "new@b.pl"}),
        # Somebody else, or the same one by other means.
        ({}, {"contact": {"email": "z@b.pl"}}),
        ({}, {"contact": {"contactId": "1"}}),
        ({"contact": {"contactId": "1"}}, {}),
        ({"contact": {"contactId": "1"}}, {"contact": {"contactId": "2"}}),
        ({"contact": {"contactId": "1"}}, {"contact": {"contactId": "1", "email": "z@b.pl"}}),
        ({"contact": {"email": ""}}, {"contact": {"email": ""}}),
        # A second relation; a relation brought forward.
        ({"relation": PARENT}, {"relation": {**PARENT, "email": "other@b.pl"}}),
        ({}, {"relation": PARENT}),
        # Double opt-in ignores forceOptIn: the opt-out must have gone before it.
        ({"forceOptOut": True}, {"forceOptIn": True}),
        # Perhaps one tag, perhaps two.
        ({"removeTags": ["SALE_LODZ"]}, {"tags": ["Sale Łódź"]}),
        ({"tags": ["Vip"]}, {"removeTags": ["VIP"]}),
        # The ip may stay or go.
        ({"consentDetails": [consent(1, 0, ip="::1")]}, {"consentDetails": [consent(0, 1)]}),
    ],
)
def test_what_one_item_cannot_say_stays_two(earlier, later):
    items = [of_one_contact(earlier), of_one_contact(later)]
    assert not mergeable(*items)
    assert [indexes for _, indexes in merge_runs(items)] == [[0], [1]]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"newEmail": None}, {"newEmail": None}),
        ({"contact": {"email": "a@b.pl"}}, {"contact": {"email": "A@B.PL", "contactId": None}}),
        ({"contact": {"contactId": "1", "email": "a@b.pl"}}, {"contact": {"contactId": "1"}}),
        ({"contact": {"contactId": "1"}}, {"contact": {"contactId": "1", "email": "a@b.pl"}}),
        ({"relation": PARENT}, {"relation": dict(PARENT)}),
        ({"tags": ["Sale Łódź"]}, {"tags": ["SALE_LODZ"]}),
        ({"forceOptOut": True}, {"forceOptIn": True, "forceOptOut": True}),
        # What does not take effect needs no details.
        ({"consentDetails": [consent(1, 0, ip="::1")]}, {"consentDetails": [consent(0, 0)]}),
    ],
)
def test_what_one_item_can_say_becomes_one(earlier, later):
    given_contact = {"contact": {"email": "a@b.pl"}}
    assert mergeable({**given_contact, **earlier}, {**given_contact, **later})


def test_only_a_change_of_address_is_a_barrier():
    assert is_barrier({"newEmail": "new@b.pl"})
    assert not is_barrier({"newEmail": None})
    assert not is_barrier({})


def test_five_hundred_upserts_of_one_contact_merge_in_linear_time():
    def seconds(count):
        items = [
            of_one_contact({"tags": [f"T{n}"], "properties": {f"p{n}": "v"}}) for n in range(count)
        ]
        started = time.process_time()
        assert len(merge_runs(items)) == 1
        return time.process_time() - started

    seconds(500)
    assert min(seconds(5_000) for _ in range(3)) < 40 * min(seconds(500) for _ in range(3))


# --- by property ---------------------------------------------------------------------------------


def without_order(item):
    tags = {field: {*item.get(field, ())} for field in ("tags", "removeTags")}
    lists = ("dictionaryProperties", "consentDetails")
    return item | tags | {field: sorted(item.get(field, ()), key=str) for field in lists}


@settings(max_examples=examples(400), deadline=None)
@given(STARTS, SEQUENCES, READINGS)
def test_merging_then_applying_equals_applying_one_by_one(start, items, reading):
    runs = merge_runs(items)
    assert [index for _, indexes in runs for index in indexes] == list(range(len(items)))
    merged = apply_all(start, [item for item, _ in runs], reading)
    assert merged == apply_all(start, items, reading)


@settings(deadline=None)
@given(STARTS, ITEMS, READINGS)
def test_a_single_item_keeps_its_effect(start, item, reading):
    assert apply_all(start, [merge_upserts([item])], reading) == apply_all(start, [item], reading)


@given(SEQUENCES)
def test_no_tag_is_ever_in_both_arrays(items):
    for merged, _ in merge_runs(items):
        assert not {*merged.get("tags", [])} & {*merged.get("removeTags", [])}


@given(SEQUENCES)
def test_neighbours_share_an_item_unless_the_pair_cannot_merge(items):
    runs = merge_runs(items)
    for (earlier, _), (_, indexes) in pairwise(runs):
        assert not mergeable(earlier, items[indexes[0]])


@given(SEQUENCES)
def test_merging_what_is_merged_changes_nothing(items):
    for merged, _ in merge_runs(items):
        assert merge_upserts([merged]) == merged
        assert merge_upserts([merged, merged]) == merged


@given(SEQUENCES)
def test_merging_in_steps_equals_merging_at_once(items):
    for merged, indexes in merge_runs(items):
        middle = len(indexes) // 2
        first, second = (
            merge_upserts([items[index] for index in half])
            for half in (indexes[:middle], indexes[middle:])
        )
        assert without_order(merge_upserts([first, second])) == without_order(merged)


@given(SEQUENCES)
def test_the_items_are_left_as_they_were(items):
    before = copy.deepcopy(items)
    merge_runs(items)
    assert items == before


@given(ITEMS)
def test_a_change_of_address_stands_alone(item):
    barrier = {**item, "newEmail": "new@b.pl"}
    assert [indexes for _, indexes in merge_runs([item, barrier, item])] == [[0], [1], [2]]
