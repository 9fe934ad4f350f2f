"""The account: credentials, and what every request of it carries."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from batchline.systems.account import BaseAccount, HttpUrl


class SalesmanagoMobileAccount(BaseAccount):
    """Credentials of SALESmanago Mobile (https://api.appmanago.com): not those of API v2."""

    secrets: ClassVar[tuple[str, ...]] = ("api_secret",)
    url_suffix: ClassVar[str] = "/api"

    system: Literal["salesmanago_mobile"]
    url: HttpUrl = "https://api.appmanago.com"
    client_id: Annotated[str, Field(min_length=1)]
    #: Any random string of the caller's choice; it is hashed into `sha`.
    api_key: SecretStr
    api_secret: SecretStr
