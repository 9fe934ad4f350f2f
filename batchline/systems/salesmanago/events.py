"""The lane of external events: contact/batchAddContactExtEvent, v2/contact/addContactExtEvent for
those that travel alone, and what changes events (`event_changes.py`)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item, Run
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_options, cut, one_by_one, split, with_folded
from batchline.systems.requests import Request
from batchline.systems.salesmanago import event_changes, verify
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import array, as_owner, endpoint, single
from batchline.systems.salesmanago.event_folding import contacts_of_changes, fold
from batchline.systems.salesmanago.messages.events import ExternalEvent
from batchline.systems.verdicts import Ambiguous, ContactMissing, Judged, Verdict

ADD = ExternalEvent.operation
#: The API's limit on one batch (batchAddContactExtEvent, events).
LARGEST_BATCH = 1000


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One request per owner: batchAddContactExtEvent takes one owner for all its events.

    Single adds, updates and deletions are calls of their own, those of a step at once.
    """
    return [
        wave
        for step in _steps(items)
        for adds, changes in (_adds_and_changes(step),)
        for wave in (
            *([request] for request in _batches(adds, settings, account)),
            [*_single(adds), *event_changes.requests(changes)],
        )
        if wave
    ]


def _steps(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Items in steps: changes of a contact's events after what came before them, one by one; its
    adds after the changes that came before them, together."""
    if not isinstance(items, Run):
        return list(_ordered(items))
    related, alone = split(items, contacts_of_changes(items))
    if not related:
        return [items]
    first, *others = _ordered([items[position] for position in related])
    return [with_folded(items, alone, first), *others]


def _ordered(items: Sequence[Item]) -> list[list[Item]]:
    #: Contact -> the first step that is open to an add; the last that is taken, and one.
    floor: dict[str, int] = defaultdict(int)
    top: dict[str, int] = defaultdict(int)
    steps: list[list[Item]] = []
    for item in items:
        change = item.operation != ADD
        at = top[item.contact] if change else floor[item.contact]
        top[item.contact] = max(top[item.contact], at + 1)
        if change:
            floor[item.contact] = at + 1
        while len(steps) <= at:
            steps.append([])
        steps[at].append(item)
    return steps


def _adds_and_changes(step: Sequence[Item]) -> tuple[list[Sequence[Item]], list[Item]]:
    """A step's adds, in groups of equal options, and its updates and deletions."""
    groups = by_options(step)
    adds = [group for group in groups if group[0].operation == ADD]
    changes = [item for group in groups if group[0].operation != ADD for item in group]
    return adds, sorted(changes, key=lambda item: item.messages[0])


def _batches(
    adds: Sequence[Sequence[Item]], settings: EffectiveOperation, account: SalesmanagoAccount
) -> Iterator[Request]:
    for group in adds:
        if not _is_single(group[0]):
            for run in cut(group, settings):
                yield Request(ADD, BATCH, run, account.events_path)


def _single(adds: Sequence[Sequence[Item]]) -> Iterator[Request]:
    for group in adds:
        if _is_single(group[0]):
            yield from one_by_one(group, SINGLE)


def _is_single(item: Item) -> bool:
    return request_fields(item.options).get("single") is True


def _judge_batch(request: Request, answer: dict[str, Any]) -> Judged:
    """`success: true` says nothing about missing contacts: `failedContacts` names them.

    Its elements are documented as "contacts with event creation fail" and nowhere shown: strings
    and objects are read, e-mail addresses and contact ids. `failedAmount` counts events: where it
    is smaller than the events of these contacts, some of them were created; where it is larger,
    others failed that nobody names. Both are ambiguous.
    """
    failed = {name.lower() for name in _names(answer.get("failedContacts"))}
    amount = answer.get("failedAmount")
    if not failed and not amount:
        return Judged()
    named = _named(request.items, failed)
    exceptions: dict[int, Verdict | Ambiguous] = {index: ContactMissing() for index in named}
    if amount is None:
        amount = len(named)
    unclear = Ambiguous(f"failedAmount {amount}, and failedContacts does not say which events")
    if not isinstance(amount, int) or amount > len(named) or not named:
        for index in range(len(request.items)):
            exceptions.setdefault(index, unclear)
    elif amount < len(named):
        events = Counter(named.values())
        exceptions |= {index: unclear for index, key in named.items() if events[key] > 1}
    return Judged(exceptions)


def _names(failed: object) -> Iterator[str]:
    """Every identifier in a list of strings, of objects, or in a single one of either."""
    if isinstance(failed, str | int):
        yield str(failed)
    elif isinstance(failed, list):
        for element in failed:
            yield from _names(element)
    elif isinstance(failed, dict):
        for value in failed.values():
            if isinstance(value, str):
                yield value


def _named(items: Sequence[Item], failed: set[str]) -> dict[int, str]:
    """The items that these identifiers name: index in the request -> the contact's key.

    An item has its contact's key, and what its event says beside it.
    """
    if not isinstance(items, Run):
        return {
            index: item.contact.lower()
            for index, item in enumerate(items)
            if not failed.isdisjoint(_identifiers(item))
        }
    keys = [key.decode().lower() for key in items.contacts()]
    named = {index: key for index, key in enumerate(keys) if key in failed}
    for index, payload in enumerate(items.payloads()):
        # Only beside a contactId there is another identifier than the key.
        others = index not in named and b'"contactId"' in payload
        if others and not failed.isdisjoint(_identifiers(items[index])):
            named[index] = keys[index]
    return named


def _identifiers(item: Item) -> list[str]:
    event = json.loads(item.payload)
    named = (item.contact, event.get("email"), event.get("contactId"))
    return [str(name).lower() for name in named if name]


BATCH = endpoint("/api/contact/batchAddContactExtEvent", as_owner, array("events"), _judge_batch)
SINGLE = endpoint(
    "/api/v2/contact/addContactExtEvent", as_owner, single, event_changes.judge_event_id
)

ADDITION = Operation(
    message=ExternalEvent,
    # Later than the upsert that was enqueued with it, so that a new contact is there.
    linger=5.0,
    batch_size=1000,
    largest_batch=LARGEST_BATCH,
    ambiguous="verify",
    batching="one batchAddContactExtEvent per owner, at most 1,000; with `single` one "
    "addContactExtEvent each",
    idempotent=False,
    verified="contact/list: the contact's events by externalId",
    endpoints=(BATCH, SINGLE),
    merge=fold,
    plan=plan,
    verify=verify.plan,
)
OPERATIONS = (ADDITION, *event_changes.OPERATIONS)
