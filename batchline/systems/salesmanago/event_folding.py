"""Folding changes or drops a waiting event before it is sent.

    add(X), update(X)     one add, with the update's fields
    update, update        the last update, which replaces the event as a whole
    add or update, delete the deletion alone; it is sent, for an earlier try may have been taken

An update without a date keeps that of the item before it. One whose location an add does not take
is sent after the add.

X is an externalId, for a waiting event has no eventId yet. An externalId counts as the name of one
event of the account, unless the batch shows that several events have it. An eventId and an
externalId may name one event, so no item folds across a change that names its event in the other
way; nor across a change of another owner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from batchline.systems.columns import Item, Run
from batchline.systems.message import compact_json, operation_of, request_fields
from batchline.systems.planning import split, with_folded
from batchline.systems.salesmanago.messages.events import LOCATION
from batchline.systems.salesmanago.recognition import CHANGED

ADD, UPDATE, DELETE = "event.add", "event.update", "event.delete"
#: How a message names its event: ("eventId" or "externalId", value).
Name = tuple[str, str]


@dataclass(slots=True)
class _Fold:
    """Messages about one event that have become one item."""

    item: Item
    #: Whether it takes no more items, because another event may have its name.
    closed: bool = False

    def take(self, later: Item) -> None:
        """Fold the later item into this one."""
        messages = self.item.messages + later.messages
        if self.item.operation == ADD and later.operation == UPDATE:
            payload = json.loads(self.item.payload)
            payload["contactEvent"] = _dated(_event(later), _event(self.item))
            self.item = replace(self.item, payload=compact_json(payload), messages=messages)
        elif later.operation == UPDATE:
            payload = json.loads(later.payload)
            payload["contactEvent"] = _dated(_event(later), _event(self.item))
            self.item = replace(later, payload=compact_json(payload), messages=messages)
        else:
            self.item = replace(later, messages=messages)

    def takes(self, later: Item) -> bool:
        """Whether the later item folds into this one."""
        earlier = self.item.operation
        folds = later.operation == DELETE or (later.operation == UPDATE and earlier != DELETE)
        if earlier == ADD and later.operation == UPDATE:
            folds = bool(re.match(LOCATION, _event(later).get("location") or ""))
        return folds and not self.closed and _owner(self.item) == _owner(later)


def fold(items: Sequence[Item]) -> Sequence[Item]:
    """The items of a lane after folding; the items of one contact keep their order."""
    if not isinstance(items, Run):
        only_adds = all(item.operation == ADD for item in items)
        return items if only_adds else _folded(items)
    related, alone = split(items, contacts_of_changes(items))
    if not related:
        return items
    return with_folded(items, alone, _folded([items[position] for position in related]))


def contacts_of_changes(items: Run) -> set[bytes]:
    """Contacts with an updated or deleted event: only their items may fold."""
    options = items.options()
    changes = {one for one in set(options) if operation_of(ADD, one.decode()) != ADD}
    if not changes:
        return set()
    return {key for key, one in zip(items.contacts(), options, strict=True) if one in changes}


def with_changes(items: Sequence[Item]) -> Sequence[Item]:
    """Adds in question, each with the updates of its batch, which may have been folded into it.

    One that was asked about before also has the updates of the batch that it was in then.
    """
    if not isinstance(items, Run):
        return items
    everything = items.columns.all()
    contacts = contacts_of_changes(everything)
    if contacts.isdisjoint(items.contacts()):
        return items
    changed: dict[tuple[str, object, Name | None], list[dict[str, Any]]] = {}
    for item in (everything[position] for position in split(everything, contacts)[0]):
        if item.operation == UPDATE:
            event = json.loads(item.payload)["contactEvent"]
            changed.setdefault((item.contact, _owner(item), _name(item)), []).append(event)
    return [_with(item, changed.get((item.contact, _owner(item), _name(item)))) for item in items]


def _with(item: Item, changed: list[dict[str, Any]] | None) -> Item:
    if not changed:
        return item
    payload = json.loads(item.payload)
    versions = [payload["contactEvent"], *payload.get(CHANGED, ())]
    for event in changed:
        versions.append(_dated(event, versions[-1]))
    return replace(item, payload=compact_json({**payload, CHANGED: versions[1:]}))


def _event(item: Item) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(item.payload)["contactEvent"]
    return event


def _dated(event: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The event with the date of the version before it, if it has none."""
    if event.get("date") or not before.get("date"):
        return event
    return {"date": before["date"], **event}


def _folded(items: Sequence[Item]) -> list[Item]:
    folds: list[_Fold] = []
    #: Contact -> name of an event -> the latest fold about this event.
    latest: dict[str, dict[Name, _Fold]] = {}
    #: Contacts, and externalIds that an update may have assigned to one of their events.
    assigned: set[tuple[str, Name | None]] = set()
    for item in items:
        name = _name(item)
        of_contact = latest.setdefault(item.contact, {})
        before = of_contact.get(name) if name else None
        if name and item.operation != ADD:
            _close_others(of_contact, name[0])
        if item.operation == UPDATE:
            assigned.add((item.contact, _assigned_name(item)))
        if before is not None and before.takes(item):
            before.take(item)
            continue
        is_taken = before is not None and before.item.operation != DELETE
        is_second = item.operation == ADD and (is_taken or (item.contact, name) in assigned)
        folds.append(_Fold(item, closed=is_second))
        if name:
            of_contact[name] = folds[-1]
    return [fold.item for fold in folds]


def _close_others(of_contact: dict[Name, _Fold], kind: str) -> None:
    for name, fold in of_contact.items():
        fold.closed = fold.closed or name[0] != kind


def _assigned_name(item: Item) -> Name | None:
    """The externalId that an update assigns to an event, which it names by eventId."""
    event = json.loads(item.payload)["contactEvent"]
    has_both = event.get("eventId") and event.get("externalId")
    return ("externalId", str(event["externalId"])) if has_both else None


def _name(item: Item) -> Name | None:
    """The name of the item's event; None if it has neither eventId nor externalId."""
    data: dict[str, Any] = json.loads(item.payload)
    event = data if item.operation == DELETE else data["contactEvent"]
    for kind in ("eventId", "externalId"):
        if event.get(kind):
            return kind, str(event[kind])
    return None


def _owner(item: Item) -> object:
    return request_fields(item.options).get("owner")
