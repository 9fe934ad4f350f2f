"""An unknown field of a Contact or an Event is told with the one that is meant."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from batchline.producers.neutral import Contact, Event

GIVEN = {Contact: {"email": "ann@shop.example"}, Event: {"type": "CART", "phone": "+48500100200"}}


def mistakes(model, **fields):
    """Field -> what is wrong with it."""
    with pytest.raises(ValidationError) as refused:
        model(**{**GIVEN[model], **fields})
    assert "hush" not in str(refused.value)
    return {".".join(map(str, one["loc"])): one["msg"] for one in refused.value.errors()}


@pytest.mark.parametrize(
    ("model", "written", "meant"),
    [
        (Contact, "firstname", "first_name"),
        (Contact, "lastName", "last_name"),
        (Contact, "postCode", "postcode"),
        (Contact, "tag", "tags"),
        (Event, "externalId", "external_id"),
        (Event, "curency", "currency"),
    ],
)
def test_a_misspelt_keyword_is_told_with_the_one_that_is_meant(model, written, meant):
    (told,) = mistakes(model, **{written: "hush"}).values()
    assert told.startswith(f"there is no such field; did you mean {meant}? Fields of your own")


@pytest.mark.parametrize("model", [Contact, Event])
def test_a_keyword_like_no_other_is_told_to_be_a_field_of_ones_own(model):
    assert mistakes(model, shoe_size="hush") == {
        "shoe_size": "there is no such field. Fields of your own go into `fields`"
    }


def test_every_other_mistake_is_told_as_before_beside_it():
    told = mistakes(
        Event, values=5, value="much", currency="zł", fields={"at": datetime(2026, 1, 1)}
    )
    assert told["values"].startswith("there is no such field; did you mean value?")
    assert told["value"] == "Value error, must be a number such as 19.90"
    assert "should match pattern" in told["currency"]
    assert any("has no time zone" in text for text in told.values())
