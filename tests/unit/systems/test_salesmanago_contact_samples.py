"""contact/upsert and contact/batchupsertv2: the documents' samples."""

import json
from datetime import UTC, date, datetime

import pytest

from batchline.systems.salesmanago.messages import (
    Address,
    ConsentDetail,
    Contact,
    ContactUpsert,
    DictionaryProperty,
)
from tests.samples import ADVANCED, BATCH_OPTIONS, FIRST_OF_BATCH, SECOND_OF_BATCH


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return value


def sent(upsert):
    return json.loads(upsert.payload())


def test_the_advanced_sample_of_the_documents_goes_out_as_it_stands():
    upsert = ContactUpsert.model_validate(ADVANCED)
    assert sent(upsert) | json.loads(upsert.options()) == ADVANCED


@pytest.mark.parametrize("sample", [FIRST_OF_BATCH, SECOND_OF_BATCH])
def test_the_items_of_the_batch_sample_go_out_as_they_stand_without_nulls(sample):
    upsert = ContactUpsert.model_validate(sample | BATCH_OPTIONS)
    assert sent(upsert) == without_nulls(sample)
    assert json.loads(upsert.options()) == BATCH_OPTIONS


def test_pythons_names_make_the_same_message_as_the_apis():
    upsert = ContactUpsert(
        owner="salesmanago.user@yourcompany.com",
        contact=Contact(
            email="name@example.com",
            phone="+15554443322",
            fax="+15551112233",
            name="John Doe",
            external_id="U12345",
            state="PROSPECT",
            address=Address(
                street_address="Main Street 21", zip_code="90210", city="San José", country="US"
            ),
        ),
        province="California",
        birthday=date(1987, 6, 5),
        force_opt_in=True,
        force_opt_out=False,
        force_phone_opt_in=False,
        force_phone_opt_out=True,
        use_api_double_opt_in=True,
        double_opt_in_language="ES",
        new_email="new.email@example.com",
        tags=["T_SHIRTS", "SWEATERS", "UPSELL"],
        remove_tags=["FIRST_PURCHASE"],
        properties={"t_shirt_size": "XL", "gender": "Male"},
        dictionary_properties=[
            DictionaryProperty(
                name="member_since",
                type="DATE",
                value=datetime(2016, 4, 6, 10, 34, 48, tzinfo=UTC),
            ),
            DictionaryProperty(name="shoe_size", type="NUMBER", value=10),
        ],
        consent_details=[
            ConsentDetail(
                consent_name=name,
                consent_accept=accept,
                agreement_date=datetime(2022, 8, 8, 6, 8, 8, tzinfo=UTC),
                ip="192.168.0.1",
                opt_out=not accept,
                consent_description_id=number,
            )
            for name, accept, number in (
                ("TERMS_OF_SERVICE", True, 1234),
                ("PHYSICAL_MAIL", False, 5678),
            )
        ],
    )
    assert upsert == ContactUpsert.model_validate(ADVANCED)
