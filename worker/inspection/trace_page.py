"""What the page Trace shows: the same answers as `batchline trace`, searched within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from batchline.producers.lanes import enqueued_at
from batchline.producers.settings import Settings
from batchline.worker.dead_letters.filter import stored_contact
from batchline.worker.inspection import kept, keys, locate
from batchline.worker.inspection.kept import KeptRequest
from batchline.worker.inspection.looked import MOST, Looked
from batchline.worker.inspection.requests_filter import RequestsFilter
from batchline.worker.inspection.trace import trace
from batchline.worker.inspection.trace_words import (
    NOT_INDEXED,
    next_for,
    reach_text,
    state_text,
    step_text,
)
from batchline.worker.store import redis_clock
from batchline.worker.store.message_ids import in_order, parse
from batchline.worker.store.store import Store

#: Messages of one contact, and requests of one message, that are shown.
MOST_SHOWN, MOST_REQUESTS = 100, 5
#: A phone number as people write it.
_PHONE = re.compile(r"\+?[\d ()./-]{6,}")


@dataclass(frozen=True, slots=True)
class Way:
    """One message in words."""

    id: str
    #: "account:operation".
    scope: str
    state: str
    #: Where it is, and what happens next.
    now: str
    accepted_at: int
    #: UNIX ms and words of what happened, oldest first; () where only the place was looked up.
    steps: Sequence[tuple[int, str]] = ()
    api_id: str = ""
    requests: Sequence[KeptRequest] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found."""

    ways: Sequence[Way]
    #: Whether the ways are whole, or only places.
    is_whole: bool
    #: What else is to be known: bounds, and how far the journal reaches.
    notes: Sequence[str]
    #: Places that were not looked through.
    left_out: Sequence[str] = ()
    #: Messages that are not shown.
    more: int = 0


def read(store: Store, settings: Settings, way: str, asked: str) -> Answer:
    """What is known by an id, a contact or an idempotency key; "any": by either of the last two."""
    if way == "id":
        return of_ids(store, settings, [asked])
    if way == "key":
        return _of_key(store, settings, asked)
    if way == "any":
        by_key = _of_key(store, settings, asked)
        if by_key.ways:
            return by_key
    found = of_contact(store, asked)
    if way == "any" and not found.ways:
        return Answer((), False, [NO_KEY, *found.notes], found.left_out)
    return found


NO_KEY = "No message is known by this as an idempotency key."


def of_ids(
    store: Store, settings: Settings, ids: Iterable[str], notes: Sequence[str] = ()
) -> Answer:
    """The whole way of each of these messages."""
    looked = Looked(MOST)
    ways, reach = [], ""
    for message_id in ids:
        way = trace(store, message_id, looked)
        lane, _ = parse(message_id)
        reach = reach_text(way.reach)
        wanted = RequestsFilter(account=lane.account, message=message_id)
        ways.append(
            Way(
                message_id,
                f"{lane.account}:{lane.operation}",
                way.state,
                state_text(way, redis_clock.now(store)),
                way.accepted_at,
                [(step.at, step_text(step)) for step in way.steps],
                way.api_id or "",
                kept.find(store, settings, wanted, MOST_REQUESTS).requests,
            )
        )
    return Answer(ways, True, [*notes, *filter(None, [reach])], looked.left_out())


def _of_key(store: Store, settings: Settings, key: str) -> Answer:
    found = keys.find(store, settings, key)
    notes = [] if found else [NO_KEY]
    notes += [
        f"The key does not stand for {one.message_id} any more: another send is enqueued."
        for one in found
        if not one.stands
    ]
    return of_ids(store, settings, [one.message_id for one in found], notes)


def of_contact(store: Store, contact: str) -> Answer:
    """Where the messages about a contact are; delivered ones are not found by it."""
    looked = Looked(MOST)
    locations = locate.of_contact(store, spellings(contact), looked)
    now = redis_clock.now(store)
    ids = sorted(locations, key=in_order, reverse=True)
    ways = []
    for message_id in ids[:MOST_SHOWN]:
        lane, _ = parse(message_id)
        place = locations[message_id]
        scope = f"{lane.account}:{lane.operation}"
        accepted = enqueued_at(message_id)
        ways.append(Way(message_id, scope, place.state, next_for(place, now), accepted))
    none = "No message about this contact waits, is parked, or is a dead letter."
    notes = [NOT_INDEXED, UNDER_ITS_KEY]
    return Answer(
        ways,
        False,
        notes if ways else [none, *notes],
        looked.left_out(),
        max(0, len(ids) - MOST_SHOWN),
    )


UNDER_ITS_KEY = (
    "A contact is found by the identifier under which its messages are ordered: its id if the "
    "message gives one, else its e-mail address or phone number."
)


def spellings(contact: str) -> set[str]:
    """The contact key as lanes may hold it: a phone number also without blanks, and its plus."""
    found = {stored_contact(contact.strip())}
    if _PHONE.fullmatch(contact.strip()):
        digits = re.sub(r"\D", "", contact)
        found |= {digits, f"+{digits}"}
    return found
