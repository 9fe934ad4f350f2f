"""Helpers that speak SALESmanago: each builds one message and enqueues it.

A helper returns the message's id. It raises pydantic's ValidationError for a value that breaks a
documented limit, and every error of `Producer.send`. None means "left out"; "" is sent, and clears
a text.

Every helper takes `account`, `idempotency_key`, `anew`, `delay` and `at` as `Producer.send` does.
It sends with `producer`, or with `default_producer()` if left out. Its `build` takes the other
arguments and returns the message unsent, such as `upsert_contact.build("ann@shop.example")`.
"""

from __future__ import annotations

from batchline.producers.salesmanago.contacts import (
    add_coupon,
    add_note,
    delete_contact,
    modify_points,
    redeem_coupon,
    set_contact_owner,
    upsert_contact,
)
from batchline.producers.salesmanago.events import (
    add_external_event,
    delete_external_event,
    update_external_event,
)
from batchline.producers.salesmanago.sendings import send_email, send_message, send_push

__all__ = [
    "add_coupon",
    "add_external_event",
    "add_note",
    "delete_contact",
    "delete_external_event",
    "modify_points",
    "redeem_coupon",
    "send_email",
    "send_message",
    "send_push",
    "set_contact_owner",
    "update_external_event",
    "upsert_contact",
]
