"""Contacts in a file: POST /v1/contacts/upload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Unpack
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from batchline.systems.esputnik.messages.common import Flag, Name, NewContactsEvent
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import ContactsUploadDict


def _checked_link(link: str) -> str:
    try:
        parts = urlsplit(link)
        has_host = bool(parts.hostname)
    except ValueError:
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or not link.isprintable():
        raise ValueError(
            "must be the http:// or https:// address of a CSV file, with its user name and "
            "password if it needs them"
        )
    if any(letter.isspace() for letter in link):
        raise ValueError("must have no spaces: write %20")
    return link


class ContactsUpload(Message):
    """Adds and changes the contacts of a file that eSputnik downloads: POST /v1/contacts/upload.

    `link` is the address of the file, CSV in UTF-8, delimited by commas, up to 100 MB: "Specify
    login and password in URL to get access to the file". Keep the file there until the import is
    confirmed. `dedupe_on` is the field by which a contact is looked for; a file has less choice
    than `ContactUpsert`. Created contacts are confirmed.

    Uploads arrive in the order in which they were enqueued, and the API works on them in the
    background: nothing orders them among other changes of the same contacts.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.upload"
    system: ClassVar[str] = "esputnik"

    link: Annotated[Name, AfterValidator(_checked_link)]
    dedupe_on: Literal["email", "sms", "email_or_sms", "id"]
    #: Names of segments that the contacts are added to.
    group_names: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Names of segments that the contacts are taken out of.
    group_names_exclude: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Whether deleted contacts are restored.
    restore_deleted: Flag | None = None
    event_key_for_new_contacts: NewContactsEvent | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactsUploadDict]) -> None: ...

    def contact_key(self) -> str:
        """One key for all files, so that they stay in order: only the API knows their contacts."""
        return "files"
