"""The contacts of an account, and the lookups by their identifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from batchline.sandbox.bodies import JsonObject

#: Fields with texts of a contact, and of its address.
TEXTS = ("firstName", "lastName", "languageCode", "timeZone")
ADDRESS_PARTS = ("region", "town", "address", "postcode", "countryCode")
#: Types of channels that hold a token.
TOKENS = ("push", "mobilepush", "webpush")
#: Types of channels that hold an address: a contact has one of each, while tokens add up.
ADDRESSES = ("email", "sms")


def comparable(kind: str, value: str) -> str:
    """The value of a channel, in a form that is equal for equal values.

    "Values other than email are matched case-sensitively". A phone number may have a plus, and a
    blank as in the documents' own sample.
    """
    if kind == "email":
        return value.strip().lower()
    return value.strip().removeprefix("+") if kind == "sms" else value


@dataclass(slots=True)
class Contact:
    """A contact."""

    id: int
    external_id: str | None = None
    #: Texts of the contact and of its address, under their names in `contactFields`.
    fields: dict[str, str] = field(default_factory=dict)
    channels: list[JsonObject] = field(default_factory=list)
    #: Id of an additional field -> its value.
    custom: dict[int, str] = field(default_factory=dict)
    #: Whether its e-mail address needs no double opt-in any more.
    confirmed: bool = True
    deleted: bool = False
    #: Number of the last change of this contact among the changes of all contacts.
    changed: int = 0

    def address(self, kind: str) -> str | None:
        """The value of the first channel of this type; None if there is none."""
        return next((each["value"] for each in self.channels if each["type"] == kind), None)

    def token(self) -> str | None:
        """The contact's first token; None if it has none."""
        return next((each["value"] for each in self.channels if each["type"] in TOKENS), None)


class ContactBook:
    """All contacts, deleted ones too; erased ones are gone."""

    def __init__(self) -> None:
        self._contacts: dict[int, Contact] = {}
        self._by_external_id: dict[str, int] = {}
        self._by_channel: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._ids = 0
        self._changes = 0

    def __iter__(self) -> Iterator[Contact]:
        """The contacts that are not deleted."""
        return (contact for contact in self._contacts.values() if not contact.deleted)

    def get(self, contact_id: int) -> Contact | None:
        """The contact with this id, unless it is deleted."""
        contact = self._contacts.get(contact_id)
        return None if contact is None or contact.deleted else contact

    def with_external_id(self, external_id: str) -> Contact | None:
        """The contact with this externalCustomerId, a deleted one too."""
        return self._contacts.get(self._by_external_id.get(external_id, 0))

    def with_channel(self, kind: str, value: str) -> list[Contact]:
        """The contacts with this address or token, the most recently changed first."""
        ids = self._by_channel.get((kind, comparable(kind, value)), set())
        contacts = [contact for contact in map(self.get, ids) if contact is not None]
        return sorted(contacts, key=lambda contact: -contact.changed)

    def create(self, confirmed: bool = True) -> Contact:
        self._ids += 1
        contact = self._contacts[self._ids] = Contact(self._ids, confirmed=confirmed)
        return contact

    def note_change(self, contact: Contact) -> None:
        """Make the contact the most recently changed one."""
        self._changes += 1
        contact.changed = self._changes

    def set_external_id(self, contact: Contact, external_id: str) -> None:
        if contact.external_id is not None:
            del self._by_external_id[contact.external_id]
        contact.external_id = external_id
        self._by_external_id[external_id] = contact.id

    def set_channels(self, contact: Contact, kind: str, channels: Sequence[JsonObject]) -> None:
        """Replace all channels of this type by these."""
        for channel in contact.channels:
            if channel["type"] == kind:
                self._by_channel[kind, comparable(kind, channel["value"])].discard(contact.id)
        contact.channels = [each for each in contact.channels if each["type"] != kind]
        contact.channels += channels
        for channel in channels:
            self._by_channel[kind, comparable(kind, channel["value"])].add(contact.id)

    def erase(self, contact: Contact) -> None:
        """Forget the contact."""
        for kind in (*ADDRESSES, *TOKENS):
            self.set_channels(contact, kind, ())
        if contact.external_id is not None:
            del self._by_external_id[contact.external_id]
        del self._contacts[contact.id]
