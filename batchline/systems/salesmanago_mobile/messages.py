"""Contacts of SALESmanago Mobile: contact/create at https://api.appmanago.com."""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from batchline.systems.identifiers import Cleaned
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Code255, Email, OwnId255, Text255, key_of


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _real_zone(zone: str) -> str:
    """The name of a time zone; any name on a machine without the database of time zones."""
    if _zones() and zone not in _zones():
        raise ValueError("must be a name of the IANA database, such as Europe/Madrid")
    return zone


class MobileContact(Message):
    """Transfers a mobile user to SALESmanago Mobile: contact/create.

    `push_registration_id` is an FCM or APN token of up to 512 characters, of the platform
    `system_`. `application_simple_id` is an id in the application list. `timezone` is an IANA name,
    `locale` a language (ISO 639-1) and a country (ISO 3166-1 alpha-2) such as es_ES. The other
    texts have up to 255 characters. `Producer.api_id` returns the userId. The documents do not say
    what happens to a user that the API knows already. Raises pydantic's ValidationError for a value
    that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.create"
    system: ClassVar[str] = "salesmanago_mobile"

    push_registration_id: Annotated[str, Field(min_length=1, max_length=512), Cleaned]
    application_simple_id: Code255
    #: "ANDROID" or "IOS", the API's `system`. The class attribute `system` names the API itself.
    system_: Annotated[Literal["ANDROID", "IOS"], Field(alias="system")]
    system_version: Text255 | None = None
    device_model: Text255 | None = None
    email: Email
    phone: OwnId255 | None = None
    timezone: Annotated[str, AfterValidator(_real_zone)] | None = None
    locale: Annotated[str, Field(pattern="^[a-z]{2}_[A-Z]{2}$")] | None = None

    def contact_key(self) -> str:
        return key_of(None, self.email)
