"""The tables by which neutral contacts and events become messages for Brevo."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from batchline.systems.mapping import forms
from batchline.systems.mapping.draft import among, at
from batchline.systems.mapping.targets import Argument, Kind, Table

from .messages import ContactUpsert, EventAdd, EventName


def _opposite(value: Any) -> bool:
    """A contact that may get messages is not on the blacklist."""
    return not forms.flag(value)


CONTACT = Table(
    ContactUpsert,
    kinds={
        "email": Kind(at("email")),
        "ext_id": Kind(at("ext_id")),
        "attribute": Kind(
            at("attributes", "{}", form=forms.json_value),
            Argument("NAME of an attribute", "[A-Z0-9_]+", may_be_name=True),
        ),
        "list": Kind(among("listIds"), shared=True),
        "email_opt_in": Kind(at("emailBlacklisted", form=_opposite)),
    },
    defaults={
        "email": "email",
        "phone": "attribute:SMS",
        "external_id": "ext_id",
        "first_name": "attribute:FIRSTNAME",
        "last_name": "attribute:LASTNAME",
        "email_opt_in": "email_opt_in",
        "groups": "list",
    },
)

EVENT = Table(
    EventAdd,
    kinds={
        "type": Kind(at("event_name")),
        "email": Kind(at("identifiers", "email_id")),
        "ext_id": Kind(at("identifiers", "ext_id")),
        "date": Kind(at("event_date", form=forms.unchanged)),
        "property": Kind(
            at("event_properties", "{}", form=forms.json_value),
            Argument("name", "[A-Za-z0-9_-]{1,255}", may_be_name=True),
        ),
    },
    defaults={
        "type": "type",
        "email": "email",
        "contact_external_id": "ext_id",
        "time": "date",
        "value": "property:value",
        "currency": "property:currency",
        "products": "property:products",
        "description": "property:description",
        "external_id": "property:external_id",
    },
    event_type=TypeAdapter(EventName),
)
