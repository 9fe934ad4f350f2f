"""What leaves for Sentry holds no address, long number, hash or secret, wherever it stands."""

from __future__ import annotations

import pytest

from batchline.systems.scrub import Scrubber

SCRUBBER = Scrubber(["pa55/word+of", "sho"])


@pytest.mark.parametrize(
    "text",
    [
        "of ann.bell+x@shop.example here",
        "of żaneta@próba.example here",
        "GET /contact?email=ann%40shop.example here",
        "of +48 600-700-800 here",
        "of 48600700800 here",
        "of (048) 600.700.800 here",
        "of da39a3ee5e6b4b0d3255bfef95601890afd80709 here",
        "of pa55/word+of here",
        "of PA55%2Fword%2Bof here",
        "of cGE1NS93b3JkK29m here",
    ],
)
def test_a_value_is_masked_in_a_text(text):
    shown = SCRUBBER.text(text)
    assert "***" in shown
    assert shown.endswith(" here")
    assert not any(part in shown for part in ("ann", "shop", "600", "da39", "pa55", "cGE1"))


def test_ordinary_words_statuses_and_places_stay():
    text = (
        "HTTP 503, 1,000 kept: KeyError at systems/salesmanago/pushes.py:82 of default:event.add:0"
    )
    assert SCRUBBER.text(text) == text


def test_every_text_of_a_value_is_masked_and_every_key():
    value = {
        "ann@shop.example": [("+48600700800", {"a": b"of ann@shop.example"})],
        "extra": {"n": 1, "nothing": None},
    }
    assert SCRUBBER.value(value) == {
        "***": [["***", {"a": "of ***"}]],
        "extra": {"n": 1, "nothing": None},
    }


def test_ids_of_the_protocol_and_moments_stay_but_no_address_in_their_place():
    ids = {
        "event_id": "ab" * 16,
        "timestamp": "2026-11-27T06:48:33.000Z",
        "lane": "shop1234567:x:0",
    }
    assert SCRUBBER.value(ids) == ids
    assert SCRUBBER.value({"lane": "ann@shop.example"}) == {"lane": "***"}
