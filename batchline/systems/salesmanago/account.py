"""The account: credentials, and what every request of it carries."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from batchline.systems.account import BaseAccount


class SalesmanagoAccount(BaseAccount):
    """Credentials of SALESmanago's API v2, and what every request of the account carries."""

    secrets: ClassVar[tuple[str, ...]] = ("api_secret",)
    url_suffix: ClassVar[str] = "/api"

    system: Literal["salesmanago"]
    client_id: Annotated[str, Field(min_length=1)]
    #: Any random string of the caller's choice; it is hashed into `sha`.
    api_key: SecretStr
    api_secret: SecretStr
    #: The user of the account that owns contacts and events for which a message names no other.
    owner: Annotated[str, Field(min_length=3, max_length=255)]
    #: batchupsertv2 takes true when silent, and would then ask every contact to confirm again.
    use_api_double_opt_in: bool = False
    #: Give events that have no externalId one of ours when they are enqueued, so that the API can
    #: be asked about every event.
    assign_external_id: bool = True
    #: The documented path. SALESmanago's own newer clients use
    #: /api/v2/contact/addBatchContactExtEvent.
    events_path: Annotated[str, Field(pattern="^/api/")] = "/api/contact/batchAddContactExtEvent"

    def assigns_external_id(self) -> bool:
        return self.assign_external_id
