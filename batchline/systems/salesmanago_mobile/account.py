"""The account of SALESmanago Mobile: its credentials and its settings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from batchline.systems.account import BaseAccount, HttpUrl
from batchline.systems.salesmanago.auth import sha


class SalesmanagoMobileAccount(BaseAccount):
    """An account of SALESmanago Mobile, with other credentials than those of API v2."""

    secrets: ClassVar[tuple[str, ...]] = ("api_secret",)
    url_suffix: ClassVar[str] = "/api"

    system: Literal["salesmanago_mobile"]
    url: HttpUrl = "https://api.appmanago.com"
    client_id: Annotated[str, Field(min_length=1)]
    #: Any random text of your choice; it is hashed into `sha`.
    api_key: SecretStr
    api_secret: SecretStr

    def derived_secrets(self) -> tuple[str, ...]:
        return self.client_id, sha(self)
