"""A field that the API does not document is refused with the one that is meant."""

from __future__ import annotations

import pytest

from batchline.systems.registry import operations
from batchline.worker.intake.lines import BadLine, validated


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        # In the item, and belongs into the contact.
        (
            "contact.upsert",
            {"email": "a@b.example"},
            "data.email: the API documents no such field; did you mean data.contact.email?",
        ),
        (
            "contact.upsert",
            {"contact": {"emial": "a@b.example"}},
            "did you mean data.contact.email?",
        ),
        ("coupon.redeem", {"email": "a@b.example", "coupn": "1"}, "did you mean data.coupon?"),
        (
            "event.add",
            {"email": "a@b.example", "contactEvent": {"contactExtEventTyp": "CART"}},
            "did you mean data.contactEvent.contactExtEventType?",
        ),
    ],
)
def test_the_field_that_is_meant_is_named(name, data, told):
    with pytest.raises(BadLine) as refused:
        validated(operations("salesmanago")[name].message, data)
    assert told in str(refused.value)


def test_nothing_is_guessed_where_nothing_is_near():
    with pytest.raises(BadLine) as refused:
        validated(operations("salesmanago")["coupon.redeem"].message, {"qqqq": 1})
    assert "data.qqqq: the API documents no such field" in str(refused.value)
    assert "did you mean" not in str(refused.value)
