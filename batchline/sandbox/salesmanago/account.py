"""The memory of one SALESmanago account: contacts, events, coupons, pushes, jobs."""

from __future__ import annotations

import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.ledger import Ledger
from batchline.sandbox.salesmanago.auth import Client


def contact_key(email: str) -> str:
    """How contacts are told apart. The documents do not say that case matters."""
    return email.lower()


class Event(NamedTuple):
    """A stored external event: its number gives its `eventId`."""

    number: int
    fields: JsonObject

    @property
    def id(self) -> str:
        return str(uuid.UUID(int=(0xE << 124) + self.number))


@dataclass(slots=True)
class Contact:
    """A contact; times in UNIX milliseconds."""

    id: str
    email: str
    created_on: int
    modified_on: int
    #: name, phone, fax, company, externalId, state, birthday, province: what was given.
    fields: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    #: Tag to the time it was assigned.
    tags: dict[str, int] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    #: `dictionaryProperties` by name.
    dictionary: dict[str, JsonObject] = field(default_factory=dict)
    #: `consentDetails` by consentName.
    consents: dict[str, JsonObject] = field(default_factory=dict)
    relations: list[JsonObject] = field(default_factory=list)
    #: "New Contacts ... Email Marketing status set by default to opt-in, while Mobile ... opt-out."
    opted_out: bool = False
    opted_out_phone: bool = True
    #: How many double opt-in mails it was sent: forceOptIn overridden by useApiDoubleOptIn.
    double_opt_ins: int = 0
    #: How many upserts made it what it is.
    upserts: int = 0
    events: list[Event] = field(default_factory=list)
    #: Set by contact/setMainOwner; None: the client's first user.
    owner: str | None = None
    monitored: bool = True


@dataclass(slots=True)
class Job:
    """Upserts waiting to take effect: a batchupsertv2, or one asynchronous upsert."""

    #: UNIX seconds.
    received: float
    #: None for a single upsert, which nobody can ask about.
    request_id: int | None
    items: list[JsonObject]
    double_opt_in: bool
    rows: range
    rejected: frozenset[int]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that has run: the content of its file, and the file's unguessable name."""

    finished: float
    token: str
    contact_ids: dict[str, str]
    #: E-mail address (or contactId) and reason.
    invalid: list[tuple[str, str]]


@dataclass(order=True, slots=True)
class PendingEvent:
    """An event of v2/contact/addContactExtEvent whose contact does not exist yet."""

    #: UNIX seconds of the next try and of the last.
    due: float
    until: float = field(compare=False)
    #: Unlike any other's, so that a heap never compares what follows.
    number: int
    event: Event = field(compare=False)
    email: str | None = field(compare=False)
    contact_id: str | None = field(compare=False)
    row: int = field(compare=False)
    ledger: Ledger = field(compare=False)


@dataclass(slots=True)
class Coupon:
    """A coupon assigned through the control endpoint."""

    key: str
    name: str | None
    #: UNIX milliseconds; None: for ever.
    valid_to: int | None


@dataclass(slots=True)
class Funnel:
    """A sales funnel: its stages in order, and where contacts (by contactId) are."""

    stages: list[str]
    contacts: dict[str, str] = field(default_factory=dict)


class Account:
    """Everything one clientId has."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.contacts: dict[str, Contact] = {}
        #: contactId by contact key. A contact that an upsert is still to create has one too.
        self.contact_ids: dict[str, str] = {}
        self.jobs: deque[Job] = deque()
        #: By requestId; None while the job waits.
        self.results: dict[int, JobResult | None] = {}
        #: A heap.
        self.pending: list[PendingEvent] = []
        self.coupons: dict[str, Coupon] = {}
        #: When a contact (key) used a coupon (code), UNIX milliseconds.
        self.used_coupons: dict[tuple[str, str], int] = {}
        self.pushes: list[JsonObject] = []
        self.funnels: dict[str, Funnel] = {}
        #: Points by program and contact.
        self.programs: dict[str, dict[str, int]] = {}
        self.emails: dict[str, JsonObject] = {}
        self.tasks: dict[str, JsonObject] = {}
        #: Accepted requests of what has no state of its own, such as notes, by operation.
        self.kept: defaultdict[str, list[JsonObject]] = defaultdict(list)
        self._events = 0

    def find(self, email: str | None, contact_id: str | None) -> Contact | None:
        """The contact with that contactId, else with that address."""
        found = self.contacts.get(contact_id.lower()) if contact_id else None
        if found is None and email:
            found = self.contacts.get(self.contact_ids.get(contact_key(email), ""))
        return found

    def contact_id(self, email: str) -> str:
        """The contactId of this address, now and once the contact exists."""
        key = contact_key(email)
        if key not in self.contact_ids:
            self.contact_ids[key] = str(uuid.uuid4())
        return self.contact_ids[key]

    def create(self, email: str, now: float) -> Contact:
        millis = int(now * 1000)
        contact = Contact(self.contact_id(email), email, millis, millis)
        self.contacts[contact.id] = contact
        return contact

    def remove(self, contact: Contact) -> None:
        """Delete the contact; one of the same address gets another id."""
        self.contacts.pop(contact.id, None)
        self.contact_ids.pop(contact_key(contact.email), None)

    def rename(self, contact: Contact, email: str) -> None:
        """Give the contact another address."""
        del self.contact_ids[contact_key(contact.email)]
        self.contact_ids[contact_key(email)] = contact.id
        contact.email = email

    def event(self, fields: JsonObject) -> Event:
        """The event, numbered."""
        self._events += 1
        return Event(self._events, fields)


def identifiers(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """`email` and `contactId` of an object that has passed its checks."""
    return item.get("email"), item.get("contactId")
