"""Amounts: Decimal, int and float in, the shortest decimal that is meant out."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline import Event, esputnik, salesmanago, smartsender
from batchline.producers.mapping import mapped
from batchline.producers.settings import Settings
from batchline.systems.amounts import as_text, shortest

ANN = "ann@shop.example"
NOISY = [
    (0.1 + 0.2, "0.3"),
    (19.990000000000002, "19.99"),
    (1.1 * 3, "3.3"),
    (100 * 1.15, "115"),
    (sum([0.1] * 1000), "100"),
    (4.35 * 100, "435"),
    (-0.1 - 0.2, "-0.3"),
]


@pytest.mark.parametrize(("amount", "meant"), NOISY)
def test_the_noise_of_floats_is_dropped(amount, meant):
    assert Decimal(repr(shortest(amount))) == Decimal(meant)
    assert as_text(amount) == meant


@given(st.decimals(-(10**9), 10**9, places=4))
def test_an_amount_as_it_is_written_stays_what_it_is(amount):
    assert Decimal(repr(shortest(float(amount)))) == amount
    assert Decimal(repr(shortest(amount))) == amount
    assert Decimal(as_text(amount)) == amount
    assert as_text(float(amount)) == as_text(amount)


@pytest.mark.parametrize(
    "amount", [1e-12, 0.12345678, 999_999_999_999.99, 1e300, 1.7976931348623157e308, 5e-324]
)
def test_an_amount_without_noise_is_not_rounded(amount):
    assert abs(shortest(amount) - amount) <= abs(amount) * 1e-14


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("19.90"), "19.9"),
        (Decimal("1E+2"), "100"),
        (Decimal("1234567890123456789.12"), "1234567890123456789.12"),
        (Decimal("0.00"), "0"),
        (1e16, "10000000000000000"),
        (0.0000001, "0.0000001"),
        (7, "7"),
    ],
)
def test_the_text_of_an_amount_has_no_exponent_and_no_zeros_at_its_end(amount, text):
    assert as_text(amount) == text


@pytest.mark.parametrize("amount", [Decimal("1234567890123456789.12"), Decimal(1) / 3])
def test_a_decimal_that_no_number_of_json_holds_is_refused_and_not_rounded(amount):
    with pytest.raises(ValueError, match="digits are more than a number of JSON keeps"):
        shortest(amount)


def test_a_whole_decimal_keeps_all_its_digits():
    assert shortest(Decimal("1234567890123456789.00")) == 1234567890123456789


ORDER = {
    "external_order_id": "o1",
    "email": ANN,
    "status": "DELIVERED",
    "date": "2026-11-25",
}
SETTINGS = Settings.model_validate(
    {
        "accounts": {
            "sm": {
                "system": "salesmanago",
                "url": "http://127.0.0.1:9",
                "client_id": "c",
                "api_key": "k",
                "api_secret": "s",
                "owner": "o@shop.example",
                "mapping": {"event": {"paid": "detail:1"}},
            },
            "es": {
                "system": "esputnik",
                "api_key": "x",
                "mapping": {"event": {"*": "param:*"}},
            },
        }
    }
)


def amounts_in(message):
    """The numbers, and the texts of digits, in what is sent."""

    def walk(value):
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from walk(inner)
        elif isinstance(value, float | int) or (
            isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()
        ):
            yield str(value)

    return set(walk(json.loads(message.payload(), parse_float=str)))


def neutral(account, amount):
    event = Event(type="PURCHASE", email=ANN, value=amount, fields={"paid": amount})
    return mapped(event, account, SETTINGS.account(account))


MESSAGES = {
    "order": lambda amount: esputnik.Order(
        **ORDER, total_cost=amount, shipping=amount, discount=amount
    ),
    "v1 params": lambda amount: esputnik.Event(
        event_type_key="x", key_value="k", params=[{"name": "p", "value": amount}]
    ),
    "v2 params": lambda amount: esputnik.EventV2(
        event_type_key="x", key_value="k", params=[{"name": "p", "value": [{"deep": amount}]}]
    ),
    "external event": lambda amount: salesmanago.ExternalEvent(
        email=ANN, contact_event={"contact_ext_event_type": "PURCHASE", "value": amount}
    ),
    "funnel": lambda amount: salesmanago.FunnelAddition(
        funnel="f", pot_value=amount, stages=[{"name": "new", "order": 1}]
    ),
    "values": lambda amount: smartsender.ContactUpdate(contact_id="c", values={"paid": amount}),
    "neutral for salesmanago": lambda amount: neutral("sm", amount),
    "neutral for esputnik": lambda amount: neutral("es", amount),
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize(
    ("amount", "meant"), [(0.7 + 0.1, "0.8"), (2.675 * 2, "5.35"), (Decimal("64.90"), "64.9")]
)
def test_every_system_gets_the_shortest_decimal(name, amount, meant):
    assert meant in amounts_in(MESSAGES[name](amount))
    assert all(len(one) < 14 for one in amounts_in(MESSAGES[name](amount)) if "." in one)


def test_an_order_does_not_take_an_amount_that_it_would_have_to_round():
    with pytest.raises(ValidationError, match="round it"):
        esputnik.Order(**ORDER, total_cost=Decimal("0.12345678901234567890"))
