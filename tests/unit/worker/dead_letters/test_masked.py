"""Nothing that names a person survives masking, whatever the message."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.registry import systems
from batchline.systems.requests import HttpCall
from batchline.worker.dead_letters import masked
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.model_paths import model_in
from batchline.worker.store.parking import Meta
from tests.properties import examples

EMAIL, PHONE, NAME, ID = "planted.person@shop.example", "+48600700800", "Zosia Planted", "U-7734512"
TOKEN, BORN = "9f86d081884c7d659a2feaa0c55ad015", "1987-06-05"
PLANTED = (EMAIL, EMAIL.upper(), PHONE, "600 700 800", NAME, "Зося Планта", ID, TOKEN, BORN)
#: Numbers that may stand for somebody: phone numbers, ids, moments of birth.
NUMBERS = (48600700800, 7734512, 549849600000, 7734512.25)
SEEN = re.compile(
    r"planted|zosia|зося|600\W?700\W?800|7734512|9f86d081|1987|549849600000", re.IGNORECASE
)
OPERATIONS = {
    f"{system}:{one.name}": one for system, spec in systems().items() for one in spec.operations
}


def names_of(model, depth=4):
    """The names of a model's fields, those inside of it too."""
    found = {}
    if model is not None and depth:
        for name, one in model.model_fields.items():
            found[one.alias or name] = one.annotation
            found |= names_of(model_in(one.annotation), depth - 1)
    return found


def messages(model):
    """Any JSON object with the names of the model's fields, about a person."""
    keys = st.sampled_from([*names_of(model), "shop_own", EMAIL, PHONE])
    leaves = st.sampled_from([*PLANTED, *NUMBERS, f"for {NAME}, {EMAIL}"])
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(keys, values, min_size=1, max_size=8)


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=examples(15))
@given(data=st.data())
def test_nothing_of_a_message_of_any_operation_names_its_person(operation, data):
    model = OPERATIONS[operation].message
    message = data.draw(messages(model))
    shown = masked.value(message, model)
    assert SEEN.findall(json.dumps(shown, ensure_ascii=False)) == []


@settings(max_examples=examples(50))
@given(data=st.data())
def test_nothing_of_a_letter_or_its_request_names_its_person_even_without_its_account(data):
    message = data.draw(messages(None))
    letter = DeadLetter(
        "default:event.add:0@1-0",
        Lane("default", "event.add"),
        "rejected",
        "",
        1,
        EMAIL,
        "",
        json.dumps(message),
        Meta("default:event.add:0@1-0"),
    )
    shown = masked.document(letter, NO_ACCOUNT)
    call = HttpCall(
        f"https://api.example/v1/contact/{EMAIL}/{ID}?email={EMAIL}&name={NAME}",
        {"Content-Type": "application/json"},
        json.dumps(message).encode(),
    )
    masked_call = masked.call(call, shown)
    text = f"{json.dumps(shown, ensure_ascii=False)} {masked_call.url} {masked_call.body.decode()}"
    assert SEEN.findall(text) == []
    assert masked_call.url.startswith("https://api.example/v1/contact/")


def _no_account(name):
    raise BadLine("account: unknown")


NO_ACCOUNT = SimpleNamespace(account=_no_account)


@given(st.sampled_from(PLANTED))
def test_a_search_finds_nothing_that_is_not_shown(text):
    letter = DeadLetter(
        "default:event.add:0@1-0",
        Lane("default", "event.add"),
        "rejected",
        "",
        1,
        EMAIL,
        "",
        json.dumps({"email": EMAIL, "note": list(PLANTED)}),
        Meta("default:event.add:0@1-0"),
    )
    assert not masked.fits(letter, NO_ACCOUNT, text)
