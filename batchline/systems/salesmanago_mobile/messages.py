"""Contacts of SALESmanago Mobile: contact/create at https://api.appmanago.com."""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Email, Name255, Text255, key_of


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _real_zone(zone: str) -> str:
    """A machine without the database of time zones lets every name pass."""
    if _zones() and zone not in _zones():
        raise ValueError("must be a name of the IANA database, such as Europe/Madrid")
    return zone


class MobileContact(Message):
    """Transfers a mobile user to SALESmanago Mobile: contact/create.

    `push_registration_id` is an FCM or APN token of up to 512 characters, of the platform that
    `system_` names; `application_simple_id` as in the application list. `timezone` is an IANA name,
    `locale` a language (ISO 639-1) and a country (ISO 3166-1 alpha-2) such as es_ES; the other
    texts have up to 255 characters. `Producer.api_id` gives the userId. What the API makes of a
    user that it knows already is not documented. Raises pydantic's ValidationError for what breaks
    a documented limit.
    """

    operation: ClassVar[str] = "contact.create"
    system: ClassVar[str] = "salesmanago_mobile"

    push_registration_id: Annotated[str, Field(min_length=1, max_length=512)]
    application_simple_id: Name255
    #: "ANDROID" or "IOS". The class attribute `system` is Batchline's word for the API.
    system_: Annotated[Literal["ANDROID", "IOS"], Field(alias="system")]
    system_version: Text255 | None = None
    device_model: Text255 | None = None
    email: Email
    phone: Text255 | None = None
    timezone: Annotated[str, AfterValidator(_real_zone)] | None = None
    locale: Annotated[str, Field(pattern="^[a-z]{2}_[A-Z]{2}$")] | None = None

    def contact_key(self) -> str:
        return key_of(None, self.email)
