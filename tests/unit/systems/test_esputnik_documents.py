"""docs/esputnik.md and the account that it describes."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.messages import CONTACT_FIELDS

TEXT = (Path(__file__).parents[3] / "docs" / "esputnik.md").read_text()


def test_the_documentation_names_every_field_that_can_be_named():
    assert all(f"`{name}`" in TEXT for name in CONTACT_FIELDS)


def account(**fields):
    return EsputnikAccount.model_validate({"system": "esputnik", "api_key": "k", **fields})


def test_an_account_needs_nothing_but_its_key():
    made = account()
    assert (made.url, made.dedupe_on, made.contact_fields) == ("https://esputnik.com", "email", ())
    assert account(url="https://yespo.io/api").url == "https://yespo.io"


@pytest.mark.parametrize(
    "fields",
    [{"user": "a:b"}, {"dedupe_on": "fieldId"}, {"dedupe_on": "phone"}, {"api_key": ""}],
)
def test_what_an_account_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError, match=next(iter(fields))):
        account(**fields)


@pytest.mark.parametrize("name", ["contact.upsert_one", "contact.delete", "email.resubscribe"])
def test_what_travels_in_anothers_lane_is_set_there(name):
    with pytest.raises(ValidationError, match="share the lane of"):
        account(operations={name: {"linger": 1}})


@pytest.mark.parametrize(
    ("name", "limit"), [("contact.upsert", 3000), ("order.upsert", 1000), ("event.add_past", 500)]
)
def test_no_batch_is_larger_than_the_api_takes(name, limit):
    assert account(operations={name: {"batch_size": limit}}).operation(name).batch_size == limit
    with pytest.raises(ValidationError, match=f"above the limit of {limit}"):
        account(operations={name: {"batch_size": limit + 1}})
