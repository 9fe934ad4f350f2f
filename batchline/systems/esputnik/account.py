"""The account: credentials, and what every request of it carries."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from batchline.systems.account import BaseAccount, HttpUrl, Lockout


class EsputnikAccount(BaseAccount):
    """The API key of eSputnik (Yespo): HTTP Basic, any user name, the key as password."""

    secrets: ClassVar[tuple[str, ...]] = ("api_key",)
    url_suffix: ClassVar[str] = "/api"
    #: The pause of the vendor's own plugin.
    lockout: ClassVar[Lockout | None] = Lockout(300, 0, 300)

    system: Literal["esputnik"]
    url: HttpUrl = "https://esputnik.com"
    api_key: SecretStr
    user: Annotated[str, Field(pattern="^[^:]*$")] = "batchline"
    #: By what POST /v1/contacts looks for a contact that has no externalCustomerId, or one that is
    #: new, where a message does not say.
    dedupe_on: Literal["email", "sms", "email_or_sms", "externalCustomerId"] = "email"
    #: Names that POST /v1/contacts takes in `contactFields` beside the evidenced ones
    #: (`batchline.systems.esputnik.messages.CONTACT_FIELDS`), such as languageCode.
    contact_fields: tuple[str, ...] = ()
