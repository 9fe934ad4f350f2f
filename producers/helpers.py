"""The plain helpers for applications: each builds one message and enqueues it.

A helper returns the message's id. It raises pydantic's ValidationError for a value that breaks a
documented limit, and every error of `Producer.send`. None means "left out"; "" is sent, and clears
a text.

Every helper takes `account`, `idempotency_key`, `anew`, `delay` and `at` as `Producer.send` does.
It sends with `producer`, or with `default_producer()` if left out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Unpack, cast

from batchline.producers.contact_options import (
    ContactFields,
    HelperOptions,
    UpsertOptions,
)
from batchline.producers.frames import without_values
from batchline.producers.options import known_options
from batchline.producers.producer import Producer, default_producer
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import (
    Channel,
    ContactDeletion,
    ContactEvent,
    ContactUpsert,
    CouponAddition,
    CouponRedemption,
    EmailSending,
    EventDeletion,
    EventUpdate,
    ExternalEvent,
    Note,
    OwnerChange,
    PointsChange,
    Push,
    TextMessage,
)


class EventOptions(HelperOptions, total=False):
    """`HelperOptions`, and the twenty details of an event: up to 255 characters each."""

    detail1: str | None
    detail2: str | None
    detail3: str | None
    detail4: str | None
    detail5: str | None
    detail6: str | None
    detail7: str | None
    detail8: str | None
    detail9: str | None
    detail10: str | None
    detail11: str | None
    detail12: str | None
    detail13: str | None
    detail14: str | None
    detail15: str | None
    detail16: str | None
    detail17: str | None
    detail18: str | None
    detail19: str | None
    detail20: str | None


class EventUpdateOptions(EventOptions, total=False):
    """`EventOptions`, and the other fields of an event."""

    date: datetime | date | int | None
    products: str | Sequence[str | int] | None
    value: float | Decimal | None
    location: str | None
    description: str | None
    external_id: str | None
    shop_domain: str | None


@without_values
@known_options
def upsert_contact(
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **fields_and_options: Unpack[UpsertOptions],
) -> str:
    """Add or change a contact, known by `email` or `contact_id`: see `ContactUpsert`.

    `batchline.upsert_contact_now` calls the API at once and returns the contactId.
    """
    contact, rest = _divided(fields_and_options, ContactFields.__annotations__)
    fields, options = _divided(rest, ContactUpsert.model_fields)
    message = ContactUpsert(contact={"email": email, **contact}, **fields)
    return _send(message, producer, cast(HelperOptions, options))


@without_values
@known_options
def add_external_event(
    email: str | None = None,
    type: str = "",
    *,
    contact_id: str | None = None,
    date: datetime | date | int | None = None,
    products: str | Sequence[str | int] | None = None,
    value: float | Decimal | None = None,
    location: str | None = None,
    description: str | None = None,
    external_id: str | None = None,
    shop_domain: str | None = None,
    owner: str | None = None,
    single: bool | None = None,
    producer: Producer | None = None,
    **details_and_options: Unpack[EventOptions],
) -> str:
    """Add an external event of `type`, such as "PURCHASE", to a contact: see `ContactEvent`.

    The contact is known by `email` or `contact_id`; `date` is now if left out. With `single`,
    `Producer.api_id` gives the eventId later: `ExternalEvent` says at which cost.
    """
    details, options = _divided(details_and_options, ContactEvent.model_fields)
    event = {
        "contact_ext_event_type": type,
        "date": date,
        "products": products,
        "value": value,
        "location": location,
        "description": description,
        "external_id": external_id,
        "shop_domain": shop_domain,
        **details,
    }
    message = ExternalEvent(
        email=email, contact_id=contact_id, contact_event=event, owner=owner, single=single
    )
    return _send(message, producer, cast(HelperOptions, options))


@without_values
@known_options
def update_external_event(
    email: str | None = None,
    type: str = "",
    *,
    contact_id: str | None = None,
    event_id: str | None = None,
    owner: str | None = None,
    producer: Producer | None = None,
    **fields_and_options: Unpack[EventUpdateOptions],
) -> str:
    """Replace an external event as a whole: see `EventUpdate`.

    The event is known by `event_id` or `external_id`. Name the contact as in the add. A field left
    out is not kept, but for the date.
    """
    fields, options = _divided(fields_and_options, ContactEvent.model_fields)
    event = {"contact_ext_event_type": type, "event_id": event_id, **fields}
    message = EventUpdate(email=email, contact_id=contact_id, contact_event=event, owner=owner)
    return _send(message, producer, cast(HelperOptions, options))


@without_values
@known_options
def delete_external_event(
    email: str | None = None,
    *,
    contact_id: str | None = None,
    event_id: str | None = None,
    external_id: str | None = None,
    owner: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Delete an external event, known by `event_id` or `external_id`: see `EventDeletion`.

    Name the contact as in the add.
    """
    message = EventDeletion(
        email=email,
        contact_id=contact_id,
        event_id=event_id,
        external_id=external_id,
        owner=owner,
    )
    return _send(message, producer, options)


@without_values
@known_options
def delete_contact(
    email: str,
    *,
    owner: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Delete a contact, after its upserts that were enqueued before: see `ContactDeletion`."""
    return _send(ContactDeletion(email=email, owner=owner), producer, options)


@without_values
@known_options
def set_contact_owner(
    email: str,
    new_owner: str,
    *,
    owner: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Give a contact another main owner: see `OwnerChange`."""
    message = OwnerChange(contact=email, new_owner=new_owner, owner=owner)
    return _send(message, producer, options)


@without_values
@known_options
def send_push(
    push_id: str,
    application_id: str,
    *,
    email: str | None = None,
    contact_id: str | None = None,
    user_id: str | None = None,
    properties: Mapping[str, str] | None = None,
    send_to_all_devices: bool | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Send an existing push to one contact: exactly one of the three identifiers. See `Push`."""
    message = Push(
        push_id=push_id,
        application_id=application_id,
        email=email,
        contact_id=contact_id,
        user_id=user_id,
        properties=properties,
        send_to_all_devices=send_to_all_devices,
    )
    return _send(message, producer, options)


@without_values
@known_options
def redeem_coupon(
    email: str, coupon: str, *, producer: Producer | None = None, **options: Unpack[HelperOptions]
) -> str:
    """Redeem a contact's coupon: see `CouponRedemption`."""
    return _send(CouponRedemption(email=email, coupon=coupon), producer, options)


@without_values
@known_options
def add_coupon(
    email: str,
    name: str,
    *,
    coupon: str | None = None,
    length: int | None = None,
    valid: datetime | date | int | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Give a contact the code `coupon`, or a new code of `length` characters: `CouponAddition`."""
    message = CouponAddition(email=email, name=name, coupon=coupon, length=length, valid=valid)
    return _send(message, producer, options)


@without_values
@known_options
def send_email(
    email_id: str,
    email: str | None = None,
    *,
    contact_id: str | None = None,
    properties: Mapping[str, str] | None = None,
    date: datetime | date | int | None = None,
    user: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Send an existing e-mail to one contact, at once if no `date` is given: `EmailSending`."""
    contact = {**_addressee(email, contact_id), "properties": properties}
    message = EmailSending(email_id=email_id, contacts=[contact], date=date, user=user)
    return _send(message, producer, options)


@without_values
@known_options
def send_message(
    name: str,
    email: str | None = None,
    *,
    contact_id: str | None = None,
    text_content: str | None = None,
    template_name: str | None = None,
    sender: str | None = None,
    messaging_channel_integration: Sequence[Channel | Mapping[str, str]] | None = None,
    shorten_links: bool | None = None,
    allow_diacritics: bool | None = None,
    time: datetime | int | None = None,
    user: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Send a text, or a template's text, to one contact: see `TextMessage`."""
    message = TextMessage(
        name=name,
        contacts=[_addressee(email, contact_id)],
        text_content=text_content,
        template_name=template_name,
        sender=sender,
        messaging_channel_integration=messaging_channel_integration,
        shorten_links=shorten_links,
        allow_diacritics=allow_diacritics,
        time=time,
        user=user,
    )
    return _send(message, producer, options)


@without_values
@known_options
def add_note(
    email: str | None = None,
    note: str = "",
    *,
    contact_id: str | None = None,
    priv: bool | None = None,
    owner: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Add a note to a contact, known by `email` or `contact_id`: see `Note`."""
    message = Note(email=email, contact_id=contact_id, note=note, priv=priv, owner=owner)
    return _send(message, producer, options)


@without_values
@known_options
def modify_points(
    loyalty_program: str,
    points: int,
    email: str | None = None,
    *,
    contact_id: str | None = None,
    comment: str | None = None,
    owner: str | None = None,
    producer: Producer | None = None,
    **options: Unpack[HelperOptions],
) -> str:
    """Add points to one contact of a program, or subtract them if below 0: see `PointsChange`."""
    message = PointsChange(
        loyalty_program=loyalty_program,
        contacts=[_addressee(email, contact_id)],
        points=abs(points),
        modification_type="SUBTRACT" if points < 0 else "ADD",
        comment=comment,
        owner=owner,
    )
    return _send(message, producer, options)


def _addressee(email: str | None, contact_id: str | None) -> dict[str, Any]:
    """The contact as an element of the API's `contacts`, by its id if given, else its address."""
    if contact_id is not None:
        return {"addressee_type": "CONTACT_ID", "value": contact_id}
    return {"addressee_type": "EMAIL", "value": email}


def _divided(
    arguments: Mapping[str, Any], names: Container[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments with one of these names, and the others."""
    named = {name: value for name, value in arguments.items() if name in names}
    return named, {name: value for name, value in arguments.items() if name not in named}


def _send(message: Message, producer: Producer | None, options: HelperOptions) -> str:
    return (producer or default_producer()).send(message, **options)
