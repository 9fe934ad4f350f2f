"""What no row could have is told once, before a row is read."""

from __future__ import annotations

import pytest

from batchline.producers.errors import UnknownAccount
from batchline.worker.intake.table_fit import check
from batchline.worker.intake.table_form import TableForm, UnusableTable
from tests.fake_api import ACCOUNT, configure

MOBILE = """
[accounts.app]
system = "salesmanago_mobile"
client_id = "c"
api_key = "k"
api_secret = "s"
"""
TABLE = '[accounts.default.mapping.contact]\nshoe_size = "property:size"\n'
EVERY = '[accounts.default.mapping.contact]\n"*" = "property:*"\n'


@pytest.fixture
def fit(tmp_path, monkeypatch):
    """Checks a form against settings of these lines more."""

    def fit(op, *maps, more="", account="default", constants=()):
        settings = configure(tmp_path, monkeypatch, ACCOUNT + MOBILE + more)
        return check(TableForm.of(op, maps, constants, None), account, settings)

    return fit


@pytest.mark.parametrize(
    ("op", "maps", "told"),
    [
        ("contacts", ["email=A"], "--op contacts: is neither contact nor event nor an operation; "),
        ("evnt.add", ["email=A"], "did you mean event.add?"),
        ("order.upsert", ["email=A"], "is no operation of account default's system, salesmanago"),
        ("contact", ["fistname=A"], "--map fistname: is no field of a contact, and has no target"),
        ("contact", ["fistname=A"], "[accounts.default.mapping.contact]; did you mean first_name?"),
        ("contact.upsert", ["contact.emial=A"], "no field contact.emial; did you mean contact.em"),
        ("contact.upsert", ["contact.address.town=A"], "has no field contact.address.town"),
        ("event.add", ["contactEvnt.value=A"], "no field contactEvnt; did you mean contactEvent?"),
    ],
)
def test_an_operation_or_a_field_that_there_is_not_is_told_once_for_the_file(fit, op, maps, told):
    with pytest.raises(UnusableTable) as refused:
        fit(op, *maps)
    assert told in str(refused.value)


def test_a_value_for_all_rows_is_looked_at_as_a_column_is(fit):
    with pytest.raises(UnusableTable, match="--set emial: is no field"):
        fit("contact", "phone=A", constants=["emial=a@b.pl"])


@pytest.mark.parametrize(
    ("op", "maps"),
    [
        ("contact", ["email=A", "shoe_size=B", "fields.shoe_size:number=C"][:2]),
        ("contact.upsert", ["contact.email=A", "contact.external_id=B", "key=C"]),
        ("contact.upsert", ["contact.email=A", "properties.anything=B", "birthday=C"]),
        ("event.add", ["contactEvent.contactExtEventType=A", "email=B"]),
    ],
)
def test_fields_by_either_name_and_fields_of_ones_own_are_taken(fit, op, maps):
    assert fit(op, *maps, more=TABLE) == []


def test_where_every_name_has_a_target_a_likely_misspelling_is_doubted(fit):
    assert fit("contact", "email=A", "fistname=B", more=EVERY) == [
        "--map fistname is a field of your own; did you mean first_name?"
    ]
    assert fit("contact", "email=A", "shoe_size=B", more=EVERY) == []
    assert fit("contact", "email=A", "first_name=C", "firstname2=B", more=EVERY) == []


def test_an_account_that_takes_no_contacts_or_is_not_there_is_told_once(fit):
    with pytest.raises(UnusableTable, match="account 'app': salesmanago_mobile takes no contact"):
        fit("contact", "email=A", account="app")
    with pytest.raises(UnknownAccount):
        fit("contact", "email=A", account="shop")
    with pytest.raises(UnusableTable, match="goes to no account: name one with --account"):
        fit("contact", "email=A", account=None)


def test_each_account_of_a_route_has_to_have_a_target(fit):
    routes = f'{TABLE}[routes]\ncontact = ["default", "es"]\n'
    es = '[accounts.es]\nsystem = "esputnik"\napi_key = "k"\n'
    with pytest.raises(UnusableTable, match=r"no target in \[accounts\.es\.mapping\.contact\]"):
        fit("contact", "email=A", "shoe_size=B", more=es + routes, account=None)


def test_rows_that_name_their_own_account_are_looked_at_one_by_one(fit):
    assert fit("contact", "email=A", "shoe=B", "account=C") == []
    assert fit("order.upsert", "email=A", "account=C") == []
