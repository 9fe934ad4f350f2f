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
    """A POST /v1/contacts on its way."""

    session: str
    #: UNIX seconds.
    received: float
    #: The request's body without those of its contacts that failed at once.
    options: JsonObject
    contacts: list[JsonObject]
    rows: list[int]
    ledger: Ledger
    #: What `mapping` of its status holds; None: it has not run.
    mapping: list[JsonObject] | None = None


class Account:
    """Everything the account has."""

    def __init__(self) -> None:
        self.contacts = ContactBook()
        self.segments: dict[int, Segment] = {}
        self.imports: dict[str, Import] = {}
        self.waiting: deque[Import] = deque()
        self.events: list[JsonObject] = []
        #: By externalOrderId, the newest version.
        self.orders: dict[str, JsonObject] = {}
        self.messages: list[JsonObject] = []
        #: E-mail addresses in lower case.
        self.unsubscribed: set[str] = set()
        self.rate_limit = RateLimit()
        self.repeats = Repeats()

    def emit(self, event_type: str, key: str, **params: str) -> None:
        """An event that the system itself makes."""
        listed = [{"name": name, "value": value} for name, value in params.items()]
        self.events.append({"eventTypeKey": event_type, "keyValue": key, "params": listed})

    def segment(self, segment_id: int) -> Segment:
        """The segment with that id. Every id has one, but `methods.UNKNOWN_ID`."""
        if segment_id not in self.segments:
            self.segments[segment_id] = Segment(segment_id, f"Segment {segment_id}")
        return self.segments[segment_id]

    def segment_named(self, name: str) -> Segment:
        """The segment with that name: "unknown groups are created"."""
        for segment in self.segments.values():
            if segment.name == name:
                return segment
        made = self.segment(max(self.segments, default=0) + 1)
        made.name = name
        return made
