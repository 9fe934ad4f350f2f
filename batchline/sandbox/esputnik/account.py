"""The memory of the eSputnik account: contacts, segments, imports, events, orders, messages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.esputnik.contact_book import ContactBook
from batchline.sandbox.esputnik.guards import RateLimit, Repeats
from batchline.sandbox.ledger import Ledger


@dataclass(slots=True)
class Segment:
    """A static segment, "of the List type"."""

    id: int
    name: str
    contact_ids: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Import:
    """An import: a POST /v1/contacts or /v1/contacts/upload, which takes effect later."""

    session: str
    #: UNIX seconds of the request.
    received: float
    #: The request's body, and the contacts that did not fail at once, with their rows in the
    #: ledger.
    options: JsonObject
    contacts: list[JsonObject]
    rows: list[int]
    ledger: Ledger
    #: `mapping` of its status; None: the import has not run.
    mapping: list[JsonObject] | None = None


class Account:
    """The memory of the account."""

    def __init__(self) -> None:
        self.contacts = ContactBook()
        self.segments: dict[int, Segment] = {}
        self.imports: dict[str, Import] = {}
        self.waiting: deque[Import] = deque()
        #: The bodies of POST /v1/contacts/upload.
        self.uploads: list[JsonObject] = []
        self.events: list[JsonObject] = []
        #: externalOrderId -> the newest version of the order.
        self.orders: dict[str, JsonObject] = {}
        self.messages: list[JsonObject] = []
        #: Unsubscribed e-mail addresses in lower case.
        self.unsubscribed: set[str] = set()
        self.rate_limit = RateLimit()
        self.repeats = Repeats()

    def emit(self, event_type: str, key: str, **params: str) -> None:
        """Add an event that eSputnik itself emits."""
        listed = [{"name": name, "value": value} for name, value in params.items()]
        self.events.append({"eventTypeKey": event_type, "keyValue": key, "params": listed})

    def segment(self, segment_id: int) -> Segment:
        """The segment with this id. Every id has a segment, except `methods.UNKNOWN_ID`."""
        if segment_id not in self.segments:
            self.segments[segment_id] = Segment(segment_id, f"Segment {segment_id}")
        return self.segments[segment_id]

    def segment_named(self, name: str) -> Segment:
        """The segment with this name: "unknown groups are created"."""
        for segment in self.segments.values():
            if segment.name == name:
                return segment
        segment = self.segment(max(self.segments, default=0) + 1)
        segment.name = name
        return segment
