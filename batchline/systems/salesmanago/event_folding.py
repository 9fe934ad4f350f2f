"""Folding: an event that still waits is changed or dropped before it is sent.

    add(X), update(X)     one add, with the update's fields
    update, update        the last: an update replaces the event as a whole
    add or update, delete the deletion alone; it is sent, for an earlier try may have been taken

X is an externalId, for an event that waits has no eventId yet. It is taken to name one event of the
account, unless the batch shows that it names more. What names an event by its eventId and what
names one by its externalId may mean the same one, so nothing folds across such a change; nor across
another owner.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from batchline.systems.columns import Item, Run
from batchline.systems.message import operation_of, request_fields
from batchline.systems.planning import split, with_folded

ADD, UPDATE, DELETE = "event.add", "event.update", "event.delete"
#: How a message names its event: ("eventId" or "externalId", value).
Name = tuple[str, str]


@dataclass(slots=True)
class _Fold:
    """Messages about one event that have become one item."""

    item: Item
    #: Whether nothing more goes into it: something may be about another event of that name.
    closed: bool = False

    def take(self, later: Item) -> None:
        messages = self.item.messages + later.messages
        if self.item.operation == ADD and later.operation == UPDATE:
            payload = json.loads(self.item.payload)
            payload["contactEvent"] = json.loads(later.payload)["contactEvent"]
            self.item = replace(self.item, payload=_json(payload), messages=messages)
        else:
            self.item = replace(later, messages=messages)

    def takes(self, later: Item) -> bool:
        earlier = self.item.operation
        known = later.operation == DELETE or (later.operation == UPDATE and earlier != DELETE)
        return known and not self.closed and _owner(self.item) == _owner(later)


def fold(items: Sequence[Item]) -> Sequence[Item]:
    """What is left of the items of a lane; those of one contact in the order in which they came."""
    if not isinstance(items, Run):
        only_adds = all(item.operation == ADD for item in items)
        return items if only_adds else _folded(items)
    related, alone = split(items, contacts_of_changes(items))
    if not related:
        return items
    return with_folded(items, alone, _folded([items[position] for position in related]))


def contacts_of_changes(items: Run) -> set[bytes]:
    """Contacts of which an event is updated or deleted: only their items may fold."""
    options = items.options()
    changes = {one for one in set(options) if operation_of(ADD, one.decode()) != ADD}
    if not changes:
        return set()
    return {key for key, one in zip(items.contacts(), options, strict=True) if one in changes}


def _folded(items: Sequence[Item]) -> list[Item]:
    folds: list[_Fold] = []
    #: Contact -> how its events are named -> what was last asked for that event.
    latest: dict[str, dict[Name, _Fold]] = {}
    #: Contacts and externalIds that an update may have given to an event.
    given: set[tuple[str, Name | None]] = set()
    for item in items:
        name = _name(item)
        of_contact = latest.setdefault(item.contact, {})
        before = of_contact.get(name) if name else None
        if name and item.operation != ADD:
            _close_others(of_contact, name[0])
        if item.operation == UPDATE:
            given.add((item.contact, _given_name(item)))
        if before is not None and before.takes(item):
            before.take(item)
            continue
        there = before is not None and before.item.operation != DELETE
        second = item.operation == ADD and (there or (item.contact, name) in given)
        folds.append(_Fold(item, closed=second))
        if name:
            of_contact[name] = folds[-1]
    return [one.item for one in folds]


def _close_others(of_contact: dict[Name, _Fold], kind: str) -> None:
    for name, one in of_contact.items():
        one.closed = one.closed or name[0] != kind


def _given_name(item: Item) -> Name | None:
    """The name that an event known by its eventId is given."""
    event = json.loads(item.payload)["contactEvent"]
    named = event.get("eventId") and event.get("externalId")
    return ("externalId", str(event["externalId"])) if named else None


def _name(item: Item) -> Name | None:
    data: dict[str, Any] = json.loads(item.payload)
    event = data if item.operation == DELETE else data["contactEvent"]
    for kind in ("eventId", "externalId"):
        if event.get(kind):
            return kind, str(event[kind])
    return None


def _owner(item: Item) -> object:
    return request_fields(item.options).get("owner")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
