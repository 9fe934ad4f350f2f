"""The tables of SALESmanago: how neutral contacts and events become its own messages."""

from __future__ import annotations

from pydantic import TypeAdapter

from batchline.systems.mapping import forms
from batchline.systems.mapping.draft import among, at, element, joined, opposing
from batchline.systems.mapping.targets import IGNORE, Argument, Kind, Table
from batchline.systems.salesmanago.messages.contacts import ContactUpsert
from batchline.systems.salesmanago.messages.event_types import EventType
from batchline.systems.salesmanago.messages.events import ExternalEvent

_NAME = Argument("name", ".{1,255}", may_be_name=True)

CONTACT = Table(
    ContactUpsert,
    kinds={
        "email": Kind(at("contact", "email")),
        "contact_id": Kind(at("contact", "contactId")),
        # SALESmanago has one field for first and last name, which are joined.
        "name": Kind(joined("contact", "name"), shared=True),
        "phone": Kind(at("contact", "phone")),
        "fax": Kind(at("contact", "fax")),
        "company": Kind(at("contact", "company")),
        "external_id": Kind(at("contact", "externalId")),
        "state": Kind(at("contact", "state")),
        "street": Kind(at("contact", "address", "streetAddress")),
        "zip_code": Kind(at("contact", "address", "zipCode")),
        "city": Kind(at("contact", "address", "city")),
        "country": Kind(at("contact", "address", "country")),
        "province": Kind(at("province")),
        "birthday": Kind(at("birthday", form=forms.unchanged)),
        "lang": Kind(at("lang")),
        "tag": Kind(among("tags"), shared=True),
        "remove_tag": Kind(among("removeTags"), shared=True),
        "email_opt_in": Kind(opposing("forceOptIn", "forceOptOut")),
        "phone_opt_in": Kind(opposing("forcePhoneOptIn", "forcePhoneOptOut")),
        "consent": Kind(
            element("consentDetails", key="consentName", under="consentAccept", form=forms.flag),
            Argument("name of the consent", ".{1,30}"),
        ),
        "property": Kind(at("properties", "{}"), _NAME),
        "number": Kind(
            element("dictionaryProperties", key="name", form=forms.number, type="NUMBER"),
            Argument("name", ".{3,255}"),
        ),
        "date": Kind(
            element("dictionaryProperties", key="name", form=forms.moment, type="DATE"),
            Argument("name", ".{3,255}"),
        ),
    },
    defaults={
        "email": "email",
        "phone": "phone",
        "external_id": "external_id",
        "first_name": "name",
        "last_name": "name",
        "company": "company",
        "birthday": "birthday",
        "language": "lang",
        "street": "street",
        "postcode": "zip_code",
        "city": "city",
        "region": "province",
        "country": "country",
        "email_opt_in": "email_opt_in",
        "sms_opt_in": "phone_opt_in",
        "tags": "tag",
        "remove_tags": "remove_tag",
        "groups": "tag",
        "remove_groups": "remove_tag",
    },
)

EVENT = Table(
    ExternalEvent,
    kinds={
        "email": Kind(at("email")),
        "contact_id": Kind(at("contactId")),
        "type": Kind(at("contactEvent", "contactExtEventType")),
        "date": Kind(at("contactEvent", "date", form=forms.moment)),
        "value": Kind(at("contactEvent", "value", form=forms.number)),
        "products": Kind(at("contactEvent", "products", form=forms.texts)),
        "description": Kind(at("contactEvent", "description")),
        "external_id": Kind(at("contactEvent", "externalId")),
        "location": Kind(at("contactEvent", "location")),
        "shop_domain": Kind(at("contactEvent", "shopDomain")),
        "detail": Kind(at("contactEvent", "detail{}"), Argument("1 to 20", "[1-9]|1[0-9]|20")),
    },
    defaults={
        "type": "type",
        "email": "email",
        # SALESmanago knows an event's contact by its e-mail address.
        "phone": IGNORE,
        "contact_external_id": IGNORE,
        "time": "date",
        "value": "value",
        "products": "products",
        "description": "description",
        "external_id": "external_id",
    },
    event_type=TypeAdapter(EventType),
)
