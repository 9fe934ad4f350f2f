"""Operations on many contacts: which messages share a call, and in which order calls go."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.salesmanago.addressees import LONGEST_VALUE, joined, values
from batchline.testing.conformance import Bench
from tests.conformance.salesmanago import CASES

BENCH = Bench(CASES)
PROGRAM = {"loyaltyProgram": "Stars"}
POINTS = {**PROGRAM, "points": 5, "modificationType": "ADD"}


def to(*addresses, kind="EMAIL", **more):
    return [{"addresseeType": kind, "value": ", ".join(addresses), **more}]


def waves(operation, *messages):
    return BENCH.waves([(operation, message) for message in messages])


def mixed(lane, messages):
    """Waves of messages of several operations in one lane: (operation, data)."""
    run = BENCH.run(messages)
    return BENCH.system.plan(run, lane, BENCH.account.operation(lane), BENCH.account)


def sent(request):
    return json.loads(BENCH.call(request).body)


def indexes(planned):
    return [[[item.messages[0] for item in request.items] for request in wave] for wave in planned]


def test_equal_emails_to_many_become_one_call_with_values_within_the_limit():
    addresses = [f"customer{n}@shop.example" for n in range(40)]
    ((request,),) = waves(
        "email.send", *({"emailId": "1", "contacts": to(one)} for one in addresses)
    )
    body = sent(request)
    assert body["user"] == "user@vendor.pl"
    assert body["date"] == 1_795_248_000_000
    assert [one for element in body["contacts"] for one in values(element)] == addresses
    assert all(len(element["value"]) <= LONGEST_VALUE for element in body["contacts"])


def test_emails_with_properties_of_their_own_share_a_call_each_with_its_own():
    ((request,),) = waves(
        "email.send",
        {"emailId": "1", "contacts": to("a@b.pl", properties={"size": "M"})},
        {"emailId": "1", "contacts": to("c@b.pl", properties={"size": "L"})},
        {"emailId": "1", "contacts": to("d@b.pl", properties={"size": "M"})},
    )
    assert [
        (element["value"], element["properties"][0]["value"])
        for element in sent(request)["contacts"]
    ] == [("a@b.pl, d@b.pl", "M"), ("c@b.pl", "L")]


@pytest.mark.parametrize(
    "other",
    [
        {"emailId": "2"},
        {"date": 1_795_248_000_001},
        {"user": "other@vendor.pl"},
        {"contacts": to("1a2b", kind="CONTACT_ID")},
    ],
)
def test_emails_that_differ_go_in_calls_of_their_own(other):
    first = {"emailId": "1", "contacts": to("a@b.pl")}
    ((one, another),) = waves("email.send", first, {**first, "contacts": to("c@b.pl"), **other})
    assert len(one.items) == len(another.items) == 1


@pytest.mark.parametrize(
    "alone",
    [
        {"emailId": "1", "contacts": to("VIP", kind="TAG")},
        {"emailId": "1", "contacts": to("e@b.pl"), "excludeContacts": to("VIP", kind="TAG")},
        {"emailId": "1", "contacts": [*to("e@b.pl"), *to("1a2b", kind="CONTACT_ID")]},
    ],
)
def test_what_only_the_api_can_resolve_is_sent_alone_and_as_it_was_written(alone):
    before = {"emailId": "1", "contacts": to("a@b.pl")}
    planned = waves("email.send", before, alone, {**before, "contacts": to("c@b.pl")})
    assert indexes(planned) == [[[0]], [[1]], [[2]]]
    body = sent(planned[1][0])
    assert body["contacts"] == alone["contacts"]
    assert body.get("excludeContacts") == alone.get("excludeContacts")


def test_the_same_message_twice_to_one_contact_is_sent_twice():
    note = {"emailId": "1", "contacts": to("a@b.pl")}
    assert indexes(waves("email.send", note, {**note, "contacts": to("A@b.pl")})) == [[[0]], [[1]]]


def test_a_property_named_date_is_no_date_of_the_email():
    message = {"emailId": "1", "contacts": to("a@b.pl", properties={"date": "Monday"})}
    ((request,),) = waves("email.send", message)
    assert sent(request)["date"] == 1_795_248_000_000


def test_half_of_a_call_for_many_is_a_call_for_the_half():
    messages = [{**POINTS, "contacts": to(f"{n}@b.pl")} for n in range(4)]
    ((request,),) = waves("loyalty.modify_points", *messages)
    assert [sent(half)["contacts"] for half in request.halves()] == [
        to("0@b.pl", "1@b.pl"),
        to("2@b.pl", "3@b.pl"),
    ]


def test_a_funnel_is_added_before_contacts_enter_and_deleted_after_them():
    stage = {"funnel": "Sales", "stage": "First"}
    planned = mixed(
        "funnel.add",
        [
            ("funnel.add", {"funnel": "Sales", "stages": [{"name": "First", "order": 1}]}),
            ("funnel.add_contact", {**stage, "contacts": to("a@b.pl")}),
            ("funnel.add_contact", {**stage, "contacts": to("c@b.pl")}),
            ("funnel.add_contact", {**stage, "stage": "Next", "contacts": to("a@b.pl")}),
            ("funnel.delete", {"funnel": "Sales"}),
            ("funnel.add_contact", {"funnel": "Other", "stage": "x", "contacts": to("a@b.pl")}),
        ],
    )
    assert indexes(planned) == [[[0]], [[1, 2]], [[3]], [[4]], [[5]]]
    assert [wave[0].path.rpartition("/")[2] for wave in planned] == [
        "add",
        "addContact",
        "addContact",
        "delete",
        "addContact",
    ]


LOYALTY = st.tuples(
    st.sampled_from(["loyalty.add_contact", "loyalty.remove_contact", "loyalty.modify_points"]),
    st.lists(st.sampled_from(["a@b.pl", "B@b.pl", "b@b.pl", "c@b.pl"]), min_size=1, max_size=2),
    st.sampled_from([1, 2]),
)


def balances(steps):
    """A program after these: entering starts at 0, leaving forgets, points count for anybody."""
    program = {}
    for operation, contacts, points in steps:
        for contact in {one.lower() for one in contacts}:
            if operation == "loyalty.add_contact":
                program.setdefault(contact, 0)
            elif operation == "loyalty.remove_contact":
                program.pop(contact, None)
            else:
                program[contact] = program.get(contact, 0) + points
    return program


@given(st.lists(LOYALTY, max_size=12))
def test_loyalty_in_few_calls_equals_loyalty_one_by_one(steps):
    planned = mixed(
        "loyalty.modify_points",
        [
            (
                operation,
                {
                    **PROGRAM,
                    "contacts": to(*contacts),
                    **(
                        {"points": points, "modificationType": "ADD"}
                        if operation == "loyalty.modify_points"
                        else {}
                    ),
                },
            )
            for operation, contacts, points in steps
        ],
    )
    arrived = []
    for wave in planned:
        touched = []
        # The requests of a wave may arrive in any order: the worst is the reverse.
        for request in reversed(wave):
            body = sent(request)
            contacts = [one for element in body["contacts"] for one in values(element)]
            arrived.append((request.operation, contacts, body.get("points")))
            touched += {
                (item.messages, one.lower())
                for item in request.items
                for element in json.loads(item.payload)["contacts"]
                for one in values(element)
            }
        assert len(touched) == len({one for _, one in touched}), "none is twice in a wave"
    assert balances(arrived) == balances(steps)


ELEMENTS = st.fixed_dictionaries(
    {
        "addresseeType": st.sampled_from(["EMAIL", "CONTACT_ID"]),
        "value": st.lists(
            st.from_regex("[a-z]{1,120}", fullmatch=True), min_size=1, max_size=2
        ).map(", ".join),
    },
    optional={"properties": st.just([{"name": "n", "value": "v"}])},
)


def flat(elements):
    return sorted(
        (element["addresseeType"], "properties" in element, value)
        for element in elements
        for value in values(element)
    )


@given(st.lists(ELEMENTS, max_size=20))
def test_joining_loses_no_value_and_no_value_gets_too_long(elements):
    result = joined(elements)
    assert flat(result) == flat(elements)
    assert all(len(element["value"]) <= LONGEST_VALUE for element in result)
