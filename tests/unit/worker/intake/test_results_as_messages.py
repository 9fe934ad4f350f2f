"""A result becomes a webhook's message, whatever it holds."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.outgoing import LONGEST_KEY
from batchline.producers.result import Outcome, Result
from batchline.systems.api_text import LONGEST_TEXT
from batchline.systems.webhook.account import LEAST_BYTES
from batchline.worker.intake.results import message

#: What Redis gives as UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def result(**fields):
    known = {
        "message_id": "default:contact.upsert:0@5-0",
        "outcome": "delivered",
        "reason": "",
        "detail": "",
        "account": "default",
        "operation": "contact.upsert",
        "contact": "",
        "idempotency_key": None,
        "at": 5,
        "number": 1,
    }
    return Result(**known | fields)


def posted(one):
    return json.loads(message(one).message.payload())


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("order\x00\x7f9", r"order\u0000\u007f9"),
        ("tab\tand\nlines", "tab\tand\nlines"),
        ("\x9bzażółć", r"\u009bzażółć"),
        (None, None),
    ],
)
def test_a_control_character_of_a_key_is_told_as_its_escape(key, told):
    assert posted(result(idempotency_key=key)).get("idempotency_key") == told


@given(key=TEXTS, contact=TEXTS, detail=TEXTS, outcome=st.sampled_from(get_args(Outcome)))
def test_no_text_of_a_result_keeps_it_from_being_a_message(key, contact, detail, outcome):
    one = result(idempotency_key=key, contact=contact, detail=detail, outcome=outcome)
    assert posted(one)["message_id"] == one.message_id


def test_the_longest_result_fits_into_the_least_message_bytes():
    one = result(
        idempotency_key="\x1f" * LONGEST_KEY,
        detail="\U0001f600" * LONGEST_TEXT,
        contact="\U0001f600" * 500,
        message_id=f"{'a' * 250}:contact.upsert:255@1764201600000-999999",
        account="a" * 250,
    )
    assert len(message(one).message.payload()) <= LEAST_BYTES
