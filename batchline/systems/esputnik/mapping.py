"""The tables of eSputnik: how a neutral contact and a neutral event become its own messages."""

from __future__ import annotations

from pydantic import TypeAdapter

from batchline.systems.esputnik.messages.common import EventTypeKey
from batchline.systems.esputnik.messages.contacts import ContactUpsert
from batchline.systems.esputnik.messages.events import EventV2
from batchline.systems.mapping import forms
from batchline.systems.mapping.draft import among, at, element
from batchline.systems.mapping.targets import Argument, Kind, Table

CONTACT = Table(
    ContactUpsert,
    kinds={
        "channel": Kind(
            element("channels", key="type"),
            Argument("email, sms, push, mobilepush or webpush", "email|sms|(mobile|web)?push"),
        ),
        "external_customer_id": Kind(at("externalCustomerId")),
        "first_name": Kind(at("firstName")),
        "last_name": Kind(at("lastName")),
        "region": Kind(at("address", "region")),
        "town": Kind(at("address", "town")),
        "address": Kind(at("address", "address")),
        "postcode": Kind(at("address", "postcode")),
        "country_code": Kind(at("address", "countryCode")),
        "language_code": Kind(at("languageCode")),
        "time_zone": Kind(at("timeZone")),
        "field": Kind(
            element("fields", key="id"), Argument("id of the additional field", "[1-9][0-9]*")
        ),
        "group": Kind(among("groupNames"), shared=True),
        "remove_group": Kind(among("groupNamesExclude"), shared=True),
    },
    defaults={
        "email": "channel:email",
        "phone": "channel:sms",
        "external_id": "external_customer_id",
        "first_name": "first_name",
        "last_name": "last_name",
        "language": "language_code",
        "street": "address",
        "postcode": "postcode",
        "city": "town",
        "region": "region",
        "country": "country_code",
        "tags": "group",
        "remove_tags": "remove_group",
        "groups": "group",
        "remove_groups": "remove_group",
    },
)

#: An event of v2, which alone finds the contact by parameters.
EVENT = Table(
    EventV2,
    kinds={
        "type": Kind(at("eventTypeKey")),
        "key_value": Kind(at("keyValue")),
        "param": Kind(
            element("params", key="name", form=forms.json_value),
            Argument("name", ".+", may_be_name=True),
        ),
    },
    defaults={
        "type": "type",
        "email": "param:Email",
        "phone": "param:Phone",
        "contact_external_id": "param:externalCustomerId",
        "time": "param:time",
        "value": "param:value",
        "currency": "param:currency",
        "products": "param:products",
        "description": "param:description",
        "external_id": "param:external_id",
    },
    event_type=TypeAdapter(EventTypeKey),
)
