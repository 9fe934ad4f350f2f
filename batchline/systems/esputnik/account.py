"""The account of eSputnik: its credentials and its settings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import SecretStr

from batchline.systems.account import BaseAccount, HttpUrl, Lockout
from batchline.systems.section import spelled


class EsputnikAccount(BaseAccount):
    """An account of eSputnik (Yespo): HTTP Basic, any user name, the API key as password."""

    secrets: ClassVar[tuple[str, ...]] = ("api_key",)
    url_suffix: ClassVar[str] = "/api"
    #: 300 seconds, as the vendor's own plugin waits after a 429.
    lockout: ClassVar[Lockout | None] = Lockout(300, 0, 300)

    system: Literal["esputnik"]
    url: HttpUrl = "https://esputnik.com"
    api_key: SecretStr
    user: Annotated[str, spelled("[^:]*", "a text without a colon")] = "batchline"
    #: The value of `dedupeOn` where a message does not say, and has this field: POST /v1/contacts
    #: looks by it for a contact whose externalCustomerId is absent or new.
    dedupe_on: Literal["email", "sms", "email_or_sms", "externalCustomerId"] = "email"
    #: Names that POST /v1/contacts takes in `contactFields`, beside the evidenced ones
    #: (`batchline.systems.esputnik.messages.CONTACT_FIELDS`), such as languageCode.
    contact_fields: tuple[str, ...] = ()
