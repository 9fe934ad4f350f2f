"""The memory of the project: its contacts, their gates, and what was sent and fired."""

from __future__ import annotations

from dataclasses import dataclass, field

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.smartsender.allowance import Allowance

#: Contacts, tags, funnels and channels whose id begins so do not exist; every other one does.
UNKNOWN = "404"
#: The fields of a contact that are not its variables.
SYSTEM_FIELDS = ("firstName", "lastName", "fullName", "email", "phone")


@dataclass(slots=True)
class Contact:
    """A contact."""

    id: str
    #: `SYSTEM_FIELDS` that have a value.
    fields: JsonObject = field(default_factory=dict)
    variables: JsonObject = field(default_factory=dict)
    #: Ids of tags and serviceKeys of funnels, in order of arrival.
    tags: list[str] = field(default_factory=list)
    funnels: list[str] = field(default_factory=list)

    def shown(self) -> JsonObject:
        """As GET /contacts/{id}/info answers it."""
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
    """Everything the project has."""

    def __init__(self) -> None:
        self.allowance = Allowance()
        self._contacts: dict[str, Contact] = {}
        self._gone: set[str] = set()
        #: By channel and identifier.
        self.gates: dict[tuple[str, str], JsonObject] = {}
        self.messages: list[JsonObject] = []
        #: {"contact", "name"}, in order.
        self.fired: list[dict[str, str]] = []

    def contact(self, contact_id: str) -> Contact | None:
        """The contact with that id; None when there is none."""
        found = self._contacts.get(contact_id)
        if found is None and contact_id not in self._gone and not contact_id.startswith(UNKNOWN):
            return self.put(contact_id)
        return found

    def put(self, contact_id: str) -> Contact:
        """A new contact with that id, whatever the id."""
        self._gone.discard(contact_id)
        contact = self._contacts[contact_id] = Contact(contact_id)
        return contact

    def drop(self, contact_id: str) -> None:
        del self._contacts[contact_id]
        self._gone.add(contact_id)
