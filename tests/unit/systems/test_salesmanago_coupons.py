"""contact/useContactCoupon and addContactCoupon: the documents' tables and samples."""

import json

import pytest
from pydantic import ValidationError

from batchline.systems.salesmanago.messages import CouponAddition, CouponRedemption

#: The sample without the auth block.
SAMPLE = {"email": "test@salesmanago.pl", "coupon": "SAMPLE-COUPON-123"}


def why_refused(**fields):
    with pytest.raises(ValidationError) as refused:
        CouponRedemption.model_validate({**SAMPLE, **fields})
    return str(refused.value)


def test_the_sample_of_the_documents_goes_out_as_it_stands():
    redemption = CouponRedemption.model_validate(SAMPLE)
    assert json.loads(redemption.payload()) == SAMPLE
    assert redemption.options() == ""


def test_a_coupon_has_1_to_255_characters():
    CouponRedemption(email="test@salesmanago.pl", coupon="x" * 255)
    assert "coupon\n  String should have at most 255" in why_refused(coupon="x" * 256)
    assert "coupon\n" in why_refused(coupon="")
    assert "coupon\n" in why_refused(coupon=None)


def test_an_address_is_required_and_is_the_key_in_lower_case():
    assert "email\n" in why_refused(email=None)
    assert "email\n" in why_refused(email="nobody")
    assert CouponRedemption(email="Test@Vendor.pl", coupon="X").contact_key() == "test@vendor.pl"


def test_a_redemption_has_no_owner():
    assert "owner\n  Extra inputs" in why_refused(owner="admin@vendor.pl")


#: contact/addContactCoupon, the sample without the auth block (000:2711-2717).
ADDED = {
    "name": "Coupon123",
    "email": "ann@gmail.com",
    "length": 7,
    "valid": 1484207320124,
    "coupon": "couponVal",
}


def test_the_sample_of_an_addition_has_length_and_coupon_and_goes_out_as_it_stands():
    assert json.loads(CouponAddition.model_validate(ADDED).payload()) == ADDED


@pytest.mark.parametrize("left_out", ["length", "coupon"])
def test_one_of_length_and_coupon_is_enough(left_out):
    """000:2731: "Only one of these fields is mandatory"."""
    fields = {name: value for name, value in ADDED.items() if name != left_out}
    assert json.loads(CouponAddition.model_validate(fields).payload()) == fields


def test_an_addition_without_length_and_coupon_is_refused():
    fields = {name: value for name, value in ADDED.items() if name not in ("length", "coupon")}
    with pytest.raises(ValidationError, match="length, coupon: give at least one"):
        CouponAddition.model_validate(fields)
