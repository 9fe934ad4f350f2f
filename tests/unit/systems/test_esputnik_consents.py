"""Consent keeps its order: forms, opt-outs and opt-ins of an address are in one lane, in waves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline import Settings
from batchline.systems.columns import Columns, Run
from batchline.systems.esputnik import SYSTEM
from batchline.systems.esputnik.messages import (
    ContactSubscription,
    EmailResubscription,
    EmailUnsubscription,
)

LANE = "contact.subscribe"
ACCOUNT = Settings.model_validate(
    {"accounts": {"es": {"system": "esputnik", "api_key": "key"}}}
).account("es")


def form(email, more="", own_id=None):
    channels = [{"type": "email", "value": one} for one in (email, more) if one]
    return ContactSubscription(contact={"channels": channels, "externalCustomerId": own_id})


MESSAGES = {
    "signs up": lambda email: form(email),
    "signs up as a customer": lambda email: form(email, own_id="shop-17"),
    "opts out": lambda email: EmailUnsubscription(email=email),
    "opts in": lambda email: EmailResubscription(email=email),
}


def waves(messages):
    rows = [(one.contact_key(), one.options(), one.payload()) for one in messages]
    columns = Columns.of(LANE, rows)
    items = Run(columns, range(len(columns)))
    plan = SYSTEM.adapter.plan(items, LANE, ACCOUNT.operation(LANE), ACCOUNT)
    return [
        [(request.operation, [one.messages[0] for one in request.items]) for request in wave]
        for wave in plan
    ]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_each_is_in_the_one_lane_under_its_address(message):
    one = message("Ann@Shop.example")
    assert (one.lane_operation(), one.contact_key()) == (LANE, "ann@shop.example")


def test_a_form_is_found_by_the_customers_own_id_too():
    assert form("ann@shop.example", own_id="shop-17").contact_keys() == {
        "ann@shop.example",
        "shop-17",
    }


@given(st.lists(st.tuples(st.sampled_from([*MESSAGES]), st.sampled_from("abc")), max_size=12))
def test_what_is_about_one_address_goes_out_in_the_order_enqueued_and_never_at_once(story):
    messages = [MESSAGES[kind](f"{name}@shop.example") for kind, name in story]
    wave_of = {
        number: position
        for position, wave in enumerate(waves(messages))
        for _, numbers in wave
        for number in numbers
    }
    assert sorted(wave_of) == list(range(len(story)))
    for name in "abc":
        mine = [wave_of[number] for number, (_, whose) in enumerate(story) if whose == name]
        assert mine == sorted(set(mine))


def test_a_forms_second_address_is_its_too():
    second = EmailUnsubscription(email="b@shop.example")
    assert waves([form("a@shop.example", more="B@shop.example"), second]) == [
        [(LANE, [0])],
        [("email.unsubscribe", [1])],
    ]


def test_opt_outs_of_many_addresses_are_one_call():
    messages = [EmailUnsubscription(email=f"c{n}@shop.example") for n in range(500)]
    assert waves(messages) == [[("email.unsubscribe", list(range(500)))]]
