"""The account of SALESmanago: its credentials and its settings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from batchline.systems.account import BaseAccount
from batchline.systems.identifiers import Cleaned
from batchline.systems.message import Message
from batchline.systems.salesmanago.auth import sha
from batchline.systems.salesmanago.messages.event_changes import EventUpdate
from batchline.systems.salesmanago.messages.event_types import warn_of_unknown
from batchline.systems.salesmanago.messages.events import ExternalEvent
from batchline.systems.section import spelled


class SalesmanagoAccount(BaseAccount):
    """An account of SALESmanago's API v2."""

    secrets: ClassVar[tuple[str, ...]] = ("api_secret",)
    url_suffix: ClassVar[str] = "/api"
    doubtful: ClassVar[frozenset[str]] = frozenset({"event.add", "event.update"})
    #: Those that the documents show in `fileUrl`, and the vendor's own.
    job_hosts: ClassVar[tuple[str, ...]] = (
        "salesmanago.s3.amazonaws.com",
        "storage.googleapis.com",
        "*.salesmanago.com",
        "*.salesmanago.pl",
    )

    system: Literal["salesmanago"]
    client_id: Annotated[str, Field(min_length=1)]
    #: Any random text of your choice; it is hashed into `sha`.
    api_key: SecretStr
    api_secret: SecretStr
    #: The e-mail address of the user that owns contacts and events if a message names no other.
    owner: Annotated[str, Field(min_length=3, max_length=255), Cleaned]
    #: batchupsertv2 takes true if left out, and would ask every contact to confirm again.
    use_api_double_opt_in: bool = False
    #: Whether an event without externalId gets one of ours when it is enqueued, so that the API can
    #: be asked about every event.
    assign_external_id: bool = True
    #: Whether equal pushes to single contacts travel as one mass push, whose answer names no
    #: contact that failed; if not, each has a call of its own.
    join_equal_pushes: bool = True
    #: The path for batches of events: the documented one. SALESmanago's own newer clients use
    #: /api/v2/contact/addBatchContactExtEvent.
    events_path: Annotated[str, spelled("/api/.*", "a path below /api/")] = (
        "/api/contact/batchAddContactExtEvent"
    )

    #: Types of events (contactExtEventType) that the account has beside the known ones: no warning
    #: speaks of them.
    known_event_types: tuple[
        Annotated[str, spelled("[A-Z][A-Z0-9_]*", "capital letters, digits and _")], ...
    ] = ()

    def warn_of_settings(self, name: str) -> None:
        for ours, theirs in self.mapping.event_types.items():
            where = f'accounts.{name}.mapping.event_types."{ours}"'
            warn_of_unknown(theirs, name, self.known_event_types, where)

    def warn_of(self, message: Message, name: str) -> None:
        if isinstance(message, ExternalEvent | EventUpdate):
            kind = message.contact_event.contact_ext_event_type
            warn_of_unknown(kind, name, self.known_event_types)

    def assigns_external_id(self) -> bool:
        return self.assign_external_id

    def derived_secrets(self) -> tuple[str, ...]:
        return self.client_id, sha(self)
