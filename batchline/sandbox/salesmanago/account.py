"""The memory of a SALESmanago account: contacts, events, coupons, pushes, jobs."""

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
    """The key of the contact with this address; the documents do not say that case matters."""
    return email.lower()


class Event(NamedTuple):
    """A stored external event; its `eventId` is made of its number."""

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
    #: name, phone, fax, company, externalId, state, birthday and province, as far as they were
    #: sent.
    fields: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    #: Tag -> the time at which it was assigned.
    tags: dict[str, int] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    #: Name of a dictionary property -> its type and value.
    dictionary: dict[str, JsonObject] = field(default_factory=dict)
    #: consentName -> the consent.
    consents: dict[str, JsonObject] = field(default_factory=dict)
    relations: list[JsonObject] = field(default_factory=list)
    #: "New Contacts ... Email Marketing status set by default to opt-in, while Mobile ... opt-out."
    opted_out: bool = False
    opted_out_phone: bool = True
    #: Number of double opt-in mails to the contact: forceOptIn overridden by useApiDoubleOptIn.
    double_opt_ins: int = 0
    #: Number of upserts of the contact.
    upserts: int = 0
    events: list[Event] = field(default_factory=list)
    #: The owner that contact/setMainOwner set; None: the client's first user.
    owner: str | None = None
    monitored: bool = True


@dataclass(slots=True)
class Job:
    """Upserts that wait to take effect: a batchupsertv2, or one asynchronous upsert."""

    #: UNIX seconds of the request.
    received: float
    #: None for a single upsert, about which nobody can ask.
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
    #: Pairs of e-mail address (or contactId) and reason.
    invalid: list[tuple[str, str]]


@dataclass(order=True, slots=True)
class PendingEvent:
    """An event of v2/contact/addContactExtEvent whose contact does not exist yet."""

    #: UNIX seconds of the next try, and of the last one.
    due: float
    until: float = field(compare=False)
    #: Unique, so that a heap never compares the fields behind it.
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
    #: UNIX milliseconds until which the coupon is valid; None: for ever.
    valid_to: int | None


@dataclass(slots=True)
class Funnel:
    """A sales funnel: its stages in order, and contactId -> the contact's stage."""

    stages: list[str]
    contacts: dict[str, str] = field(default_factory=dict)


class Account:
    """The memory of one clientId."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.contacts: dict[str, Contact] = {}
        #: Contact key -> contactId, also of a contact that a waiting upsert will create.
        self.contact_ids: dict[str, str] = {}
        self.jobs: deque[Job] = deque()
        #: requestId -> result of the job; None while the job waits.
        self.results: dict[int, JobResult | None] = {}
        #: requestId -> the owner for whom the job was made.
        self.job_owners: dict[int, str] = {}
        #: Events that wait for their contact, as a heap.
        self.pending: list[PendingEvent] = []
        self.coupons: dict[str, Coupon] = {}
        #: (contact key, coupon's code) -> UNIX milliseconds at which the contact used the coupon.
        self.used_coupons: dict[tuple[str, str], int] = {}
        self.pushes: list[JsonObject] = []
        self.funnels: dict[str, Funnel] = {}
        #: Program -> contact key -> points.
        self.programs: dict[str, dict[str, int]] = {}
        self.emails: dict[str, JsonObject] = {}
        self.tasks: dict[str, JsonObject] = {}
        #: Operation without a memory of its own, such as note.add -> accepted requests.
        self.kept: defaultdict[str, list[JsonObject]] = defaultdict(list)
        self._events = 0

    def find(self, email: str | None, contact_id: str | None) -> Contact | None:
        """The contact with this contactId, else with this address; None if there is none."""
        contact = self.contacts.get(contact_id.lower()) if contact_id else None
        if contact is None and email:
            contact = self.contacts.get(self.contact_ids.get(contact_key(email), ""))
        return contact

    def contact_id(self, email: str) -> str:
        """The contactId of this address, which the contact will have if it does not exist yet."""
        key = contact_key(email)
        if key not in self.contact_ids:
            self.contact_ids[key] = str(uuid.uuid4())
        return self.contact_ids[key]

    def create(self, email: str, now: float) -> Contact:
        """Create a contact; `now` in UNIX seconds."""
        millis = int(now * 1000)
        contact = Contact(self.contact_id(email), email, millis, millis)
        self.contacts[contact.id] = contact
        return contact

    def remove(self, contact: Contact) -> None:
        """Delete the contact; a later contact with its address gets another id."""
        self.contacts.pop(contact.id, None)
        self.contact_ids.pop(contact_key(contact.email), None)

    def rename(self, contact: Contact, email: str) -> None:
        """Give the contact another address."""
        del self.contact_ids[contact_key(contact.email)]
        self.contact_ids[contact_key(email)] = contact.id
        contact.email = email

    def event(self, fields: JsonObject) -> Event:
        """The event under the next number."""
        self._events += 1
        return Event(self._events, fields)


def identifiers(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """`email` and `contactId` of an object that has passed its checks."""
    return item.get("email"), item.get("contactId")
