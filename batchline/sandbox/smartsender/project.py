"""The memory of the project: its contacts, their gates, sent messages and started events."""

from __future__ import annotations

from dataclasses import dataclass, field

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.smartsender.allowance import Allowance

#: The beginning of ids of contacts, tags, funnels and channels that do not exist; all others do.
UNKNOWN = "404"
#: Fields of a contact that are no variables.
SYSTEM_FIELDS = ("firstName", "lastName", "fullName", "email", "phone")


@dataclass(slots=True)
class Contact:
    """A contact."""

    id: str
    #: The `SYSTEM_FIELDS` that have a value.
    fields: JsonObject = field(default_factory=dict)
    variables: JsonObject = field(default_factory=dict)
    #: Ids of tags and serviceKeys of funnels, in order of arrival.
    tags: list[str] = field(default_factory=list)
    funnels: list[str] = field(default_factory=list)
    #: Ids of its gates.
    gates: set[int] = field(default_factory=set)

    def shown(self) -> JsonObject:
        """The contact in the answer of GET /contacts/{id}/info; its tags are ids here."""
        return {
            "id": self.id,
            "photo": None,
            "state": "active",
            "fullName": self.full_name(),
            **dict.fromkeys(("firstName", "lastName", "email", "phone")),
            **self.fields,
            "tags": self.tags,
            "funnels": self.funnels,
            "variables": self.variables,
        }

    def full_name(self) -> str:
        names = (self.fields.get("firstName"), self.fields.get("lastName"))
        return " ".join(name for name in names if name)


class Project:
    """The memory of the project."""

    def __init__(self) -> None:
        self.allowance = Allowance()
        self._contacts: dict[str, Contact] = {}
        self._gone: set[str] = set()
        #: (channel, identifier) -> the gate.
        self.gates: dict[tuple[str, str], JsonObject] = {}
        self.messages: list[JsonObject] = []
        #: Started events, {"contact", "name"}, in order.
        self.fired: list[dict[str, str]] = []

    def contacts(self) -> list[Contact]:
        return list(self._contacts.values())

    def contact(self, contact_id: str) -> Contact | None:
        """The contact with this id, which is created if it may exist; None if it may not."""
        contact = self._contacts.get(contact_id)
        if contact is None and contact_id not in self._gone and not contact_id.startswith(UNKNOWN):
            return self.put(contact_id)
        return contact

    def put(self, contact_id: str) -> Contact:
        """Put a new contact of any id."""
        self._gone.discard(contact_id)
        contact = self._contacts[contact_id] = Contact(contact_id)
        return contact

    def drop(self, contact_id: str) -> None:
        """Delete the contact."""
        del self._contacts[contact_id]
        self._gone.add(contact_id)
