"""The contacts of an account, and the ways to find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from batchline.sandbox.bodies import JsonObject

#: Texts of a contact and of its address.
TEXTS = ("firstName", "lastName", "languageCode", "timeZone")
ADDRESS_PARTS = ("region", "town", "address", "postcode", "countryCode")
#: Types of channels that hold a token.
TOKENS = ("push", "mobilepush", "webpush")
#: Of these a contact has one each; tokens add up.
ADDRESSES = ("email", "sms")


def comparable(kind: str, value: str) -> str:
    """How values of a channel are told apart: "values other than email are matched
    case-sensitively". A phone number may come with a plus, and the documents' own with a blank."""
    if kind == "email":
        return value.strip().lower()
    return value.strip().removeprefix("+") if kind == "sms" else value


@dataclass(slots=True)
class Contact:
    """A contact."""

    id: int
    external_id: str | None = None
    #: Texts of the contact and of its address, under the names that `contactFields` has.
    fields: dict[str, str] = field(default_factory=dict)
    channels: list[JsonObject] = field(default_factory=list)
    #: Values of additional fields, by the field's id.
    custom: dict[int, str] = field(default_factory=dict)
    #: Whether its e-mail address needs no double opt-in any more.
    confirmed: bool = True
    deleted: bool = False
    #: Which of all changes made it what it is: the larger, the more recent.
    changed: int = 0

    def address(self, kind: str) -> str | None:
        """The value of its first channel of that type."""
        return next((each["value"] for each in self.channels if each["type"] == kind), None)

    def token(self) -> str | None:
        return next((each["value"] for each in self.channels if each["type"] in TOKENS), None)


class ContactBook:
    """Every contact there is, deleted ones too; erased ones are gone."""

    def __init__(self) -> None:
        self._contacts: dict[int, Contact] = {}
        self._by_external_id: dict[str, int] = {}
        self._by_channel: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._ids = 0
        self._changes = 0

    def __iter__(self) -> Iterator[Contact]:
        """Those that are not deleted."""
        return (contact for contact in self._contacts.values() if not contact.deleted)

    def get(self, contact_id: int) -> Contact | None:
        """The contact with that id, unless it is deleted."""
        found = self._contacts.get(contact_id)
        return None if found is None or found.deleted else found

    def with_external_id(self, external_id: str) -> Contact | None:
        """The contact with that externalCustomerId, a deleted one too."""
        return self._contacts.get(self._by_external_id.get(external_id, 0))

    def with_channel(self, kind: str, value: str) -> list[Contact]:
        """The contacts with that address or token, the most recently changed first."""
        ids = self._by_channel.get((kind, comparable(kind, value)), set())
        found = [contact for contact in map(self.get, ids) if contact is not None]
        return sorted(found, key=lambda contact: -contact.changed)

    def create(self, confirmed: bool = True) -> Contact:
        self._ids += 1
        contact = self._contacts[self._ids] = Contact(self._ids, confirmed=confirmed)
        return contact

    def note_change(self, contact: Contact) -> None:
        self._changes += 1
        contact.changed = self._changes

    def set_external_id(self, contact: Contact, external_id: str) -> None:
        if contact.external_id is not None:
            del self._by_external_id[contact.external_id]
        contact.external_id = external_id
        self._by_external_id[external_id] = contact.id

    def set_channels(self, contact: Contact, kind: str, channels: Sequence[JsonObject]) -> None:
        """Put these in the place of all its channels of that type."""
        for channel in contact.channels:
            if channel["type"] == kind:
                self._by_channel[kind, comparable(kind, channel["value"])].discard(contact.id)
        contact.channels = [each for each in contact.channels if each["type"] != kind]
        contact.channels += channels
        for channel in channels:
            self._by_channel[kind, comparable(kind, channel["value"])].add(contact.id)

    def erase(self, contact: Contact) -> None:
        for kind in (*ADDRESSES, *TOKENS):
            self.set_channels(contact, kind, ())
        if contact.external_id is not None:
            del self._by_external_id[contact.external_id]
        del self._contacts[contact.id]
