"""Merging what is said about one contact: the effect of one by one, in fewer calls."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.message import request_fields
from batchline.systems.smartsender.merge import merge, merge_values
from batchline.testing.conformance import Bench
from tests.conformance.smartsender import CASES

BENCH = Bench(CASES)
LANE = "contact.update"


class Project:
    """What the API does with valid values."""

    def __init__(self):
        self.values = defaultdict(dict)
        self.tags = defaultdict(set)
        self.funnels = defaultdict(set)
        #: (contact, funnel, whether it enters), in order; each starts or ends something.
        self.moves = []

    def apply(self, item):
        fields = request_fields(item.options)
        contact = fields["contactId"]
        match item.operation:
            case "contact.update":
                self.values[contact] |= json.loads(item.payload)["values"]
            case "tag.add":
                self.tags[contact].add(fields["tagId"])
            case "tag.remove":
                self.tags[contact].discard(fields["tagId"])
            case "funnel.add_contact" | "funnel.remove_contact":
                enters = item.operation == "funnel.add_contact"
                if enters != (fields["serviceKey"] in self.funnels[contact]):
                    self.moves.append((contact, fields["serviceKey"], enters))
                (self.funnels[contact].add if enters else self.funnels[contact].discard)(
                    fields["serviceKey"]
                )

    def state(self):
        kept = ({k: v for k, v in part.items() if v} for part in (self.values, self.tags))
        return [*kept, {k: v for k, v in self.funnels.items() if v}]

    def moves_of(self, contact):
        return [move for move in self.moves if move[0] == contact]


def items(*messages):
    """Of (operation, data), as a worker reads them."""
    return BENCH.run(messages)


CONTACTS = st.sampled_from(["1", "2"])
MESSAGES = st.one_of(
    st.tuples(
        st.just("contact.update"),
        st.fixed_dictionaries(
            {
                "contactId": CONTACTS,
                "values": st.dictionaries(
                    st.sampled_from("abc"),
                    st.integers(0, 9) | st.booleans() | st.none(),
                    min_size=1,
                ),
            }
        ),
    ),
    st.tuples(
        st.sampled_from(["tag.add", "tag.remove"]),
        st.fixed_dictionaries({"contactId": CONTACTS, "tagId": st.sampled_from("xy")}),
    ),
    st.tuples(
        st.sampled_from(["funnel.add_contact", "funnel.remove_contact"]),
        st.fixed_dictionaries({"contactId": CONTACTS, "serviceKey": st.sampled_from("fg")}),
    ),
)


def in_calls(merged, dice):
    """The merged items in an order in which a worker may send them."""
    waves = BENCH.system.plan(merged, LANE, BENCH.account.operation(LANE), BENCH.account)
    for wave in waves:
        yield from dice.sample([request.items[0] for request in wave], len(wave))


@given(st.lists(MESSAGES, max_size=14), st.randoms(use_true_random=False))
def test_merging_and_then_applying_equals_applying_one_by_one(messages, dice):
    one_by_one, merged = Project(), Project()
    for item in items(*messages):
        one_by_one.apply(item)
    for item in in_calls(merge(items(*messages)), dice):
        merged.apply(item)
    assert merged.state() == one_by_one.state()
    for contact in "12":
        assert merged.moves_of(contact) == one_by_one.moves_of(contact)


@given(st.lists(MESSAGES, max_size=14), st.randoms(use_true_random=False))
def test_a_funnel_finds_everything_that_was_said_before_it(messages, dice):
    sent = list(in_calls(merge(items(*messages)), dice))
    at = {index: n for n, item in enumerate(sent) for index in item.messages}
    assert sorted(at) == list(range(len(messages))), "every message travels, and once"
    for index, (operation, data) in enumerate(messages):
        if operation.startswith("funnel"):
            before = [n for n in range(index) if messages[n][1]["contactId"] == data["contactId"]]
            assert all(at[n] < at[index] for n in before)


@given(st.lists(MESSAGES, max_size=14))
def test_a_contact_has_one_update_and_a_tag_one_call(messages):
    merged = [item for item in merge(items(*messages)) if not item.operation.startswith("funnel")]
    subjects = [(item.contact, request_fields(item.options).get("tagId")) for item in merged]
    assert len(subjects) == len(set(subjects))


def test_of_adding_and_removing_a_tag_the_last_is_left_with_its_own_call():
    tag = {"contactId": 1, "tagId": 7}
    added, removed = ("tag.add", tag), ("tag.remove", tag)
    (item,) = merge(items(added, removed))
    assert (item.operation, item.messages) == ("tag.remove", (0, 1))
    (item,) = merge(items(added, removed, added))
    assert (item.operation, item.messages) == ("tag.add", (0, 1, 2))


def test_an_update_alone_keeps_its_bytes():
    (before,) = items(("contact.update", {"contactId": 1, "values": {"ł": 1.0}}))
    assert merge([before]) == [before]


@pytest.mark.parametrize("operation", ["event.fire", "message.send", "contact.create"])
def test_what_does_something_each_time_is_never_merged(operation):
    case = next(case for case in CASES.cases if case.operation == operation)
    twice = items((operation, case.data), (operation, case.data))
    assert list(merge(twice)) == list(twice)


def test_the_last_value_of_a_key_wins_and_keeps_its_type():
    merged = merge_values([{"values": {"a": 1, "b": "x"}}, {"values": {"a": True}}])
    assert json.dumps(merged) == '{"values": {"a": true, "b": "x"}}'
