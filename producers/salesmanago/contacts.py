"""The helpers for contacts, their notes, coupons and points."""

from __future__ import annotations

from typing import Any, Unpack

from batchline.producers.producer import Producer
from batchline.producers.salesmanago import fields
from batchline.producers.salesmanago.helper import addressed, build_and_send, built_by, divided
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    ContactUpsert,
    CouponAddition,
    CouponRedemption,
    Note,
    OwnerChange,
    PointsChange,
)


def _upsert(email: str | None = None, **given: Unpack[fields.UpsertFields]) -> ContactUpsert:
    contact, rest = divided(given, fields.ContactFields.__annotations__)
    values: dict[str, Any] = {"contact": {"email": email, **contact}, **rest}
    return ContactUpsert(**values)


@built_by(_upsert)
def upsert_contact(
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.UpsertOptions],
) -> str:
    """Add or change a contact, known by `email` or `contact_id`: see `ContactUpsert`.

    `salesmanago.upsert_contact_and_wait` calls the API at once and returns the contactId.
    """
    return build_and_send(_upsert, producer, given, email)


def _deletion(email: str, **given: Unpack[fields.OwnerField]) -> ContactDeletion:
    return ContactDeletion(email=email, **given)


@built_by(_deletion)
def delete_contact(
    email: str, *, producer: Producer | None = None, **given: Unpack[fields.OwnerOptions]
) -> str:
    """Delete a contact, after its upserts that were enqueued before: see `ContactDeletion`."""
    return build_and_send(_deletion, producer, given, email)


def _owner_change(email: str, new_owner: str, **given: Unpack[fields.OwnerField]) -> OwnerChange:
    return OwnerChange(contact=email, new_owner=new_owner, **given)


@built_by(_owner_change)
def set_contact_owner(
    email: str,
    new_owner: str,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.OwnerOptions],
) -> str:
    """Give a contact another main owner: see `OwnerChange`."""
    return build_and_send(_owner_change, producer, given, email, new_owner)


def _note(email: str | None = None, note: str = "", **given: Unpack[fields.NoteFields]) -> Note:
    return Note(email=email, note=note, **given)


@built_by(_note)
def add_note(
    email: str | None = None,
    note: str = "",
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.NoteOptions],
) -> str:
    """Add a note to a contact, known by `email` or `contact_id`: see `Note`."""
    return build_and_send(_note, producer, given, email, note)


def _redemption(email: str, coupon: str) -> CouponRedemption:
    return CouponRedemption(email=email, coupon=coupon)


@built_by(_redemption)
def redeem_coupon(
    email: str,
    coupon: str,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.HelperOptions],
) -> str:
    """Redeem a contact's coupon: see `CouponRedemption`."""
    return build_and_send(_redemption, producer, given, email, coupon)


def _addition(email: str, name: str, **given: Unpack[fields.CouponFields]) -> CouponAddition:
    return CouponAddition(email=email, name=name, **given)


@built_by(_addition)
def add_coupon(
    email: str,
    name: str,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.CouponOptions],
) -> str:
    """Give a contact the code `coupon`, or a new code of `length` characters: `CouponAddition`."""
    return build_and_send(_addition, producer, given, email, name)


def _points(
    loyalty_program: str,
    points: int,
    email: str | None = None,
    **given: Unpack[fields.PointsFields],
) -> PointsChange:
    contact, rest = addressed(email, given)
    values: dict[str, Any] = {"contacts": [contact], **rest}
    return PointsChange(
        loyalty_program=loyalty_program,
        points=abs(points),
        modification_type="SUBTRACT" if points < 0 else "ADD",
        **values,
    )


@built_by(_points)
def modify_points(
    loyalty_program: str,
    points: int,
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.PointsOptions],
) -> str:
    """Add points to one contact of a program, or subtract them if below 0: see `PointsChange`."""
    return build_and_send(_points, producer, given, loyalty_program, points, email)
