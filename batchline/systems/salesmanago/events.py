"""The lane of external events: contact/batchAddContactExtEvent, v2/contact/addContactExtEvent for
single adds, and the changes of events (`event_changes.py`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item, Run
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_options, cut, one_by_one, split, with_folded
from batchline.systems.requests import Request
from batchline.systems.salesmanago import event_changes, verify
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import array, as_owner, endpoint, single
from batchline.systems.salesmanago.event_folding import (
    contacts_of_changes,
    fold,
    with_changes,
)
from batchline.systems.salesmanago.messages.events import ExternalEvent
from batchline.systems.verdicts import Ambiguous, ContactMissing, Judged, Verdict

ADD = ExternalEvent.operation
#: The most events in one call (batchAddContactExtEvent, events).
LARGEST_BATCH = 1000
#: The fields of batchAddContactExtEvent's answer that say what became of the events.
DOCUMENTED = ("failedContacts", "createdAmount", "failedAmount")


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One request per owner: batchAddContactExtEvent takes one owner for all its events.

    Single adds, updates and deletions have a call each; the calls of one step go at once.
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
    """Items in steps, which keep the order of each contact's items.

    A change of a contact's event comes after all earlier items of the contact. Its adds come after
    all earlier changes, several in one step.
    """
    if not isinstance(items, Run):
        return list(_ordered(items))
    related, alone = split(items, contacts_of_changes(items))
    if not related:
        return [items]
    first, *others = _ordered([items[position] for position in related])
    return [with_folded(items, alone, first), *others]


def _ordered(items: Sequence[Item]) -> list[list[Item]]:
    #: Contact -> the step of its next add.
    next_add: dict[str, int] = defaultdict(int)
    #: Contact -> the step of its next change: behind all its items.
    next_change: dict[str, int] = defaultdict(int)
    steps: list[list[Item]] = []
    for item in items:
        is_change = item.operation != ADD
        step = next_change[item.contact] if is_change else next_add[item.contact]
        next_change[item.contact] = max(next_change[item.contact], step + 1)
        if is_change:
            next_add[item.contact] = step + 1
        while len(steps) <= step:
            steps.append([])
        steps[step].append(item)
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
    """Judge `success: true`, beside which `failedContacts` names the missing contacts.

    The documents call its elements "contacts with event creation fail" and show none: strings and
    objects are read, with e-mail addresses and contact ids. `failedAmount` counts events. If it is
    smaller than the number of these contacts' events, some of the events were created. If it is
    larger, events of other contacts failed; so they did if a name is that of no event. If none was
    created and not all failed, or the answer has none of the three fields, events that nobody names
    may be missing. The events in question are ambiguous.

    Any other `createdAmount` is no reason for doubt: live accounts count other numbers than they
    were sent, while nothing is missing. It is told (`Judged.miscount`).
    """
    if answer.keys().isdisjoint(DOCUMENTED):
        return _all_ambiguous(request, f"the answer has no {', '.join(DOCUMENTED)}")
    listed = answer.get("failedContacts")
    failed = {name.lower() for name in _names(listed)}
    amount = answer.get("failedAmount")
    if not failed and not amount:
        doubt, miscount = _counted(answer, len(request.items))
        return _all_ambiguous(request, doubt) if doubt else Judged(miscount=miscount)
    named = _named_items(request.items, failed)
    exceptions: dict[int, Verdict | Ambiguous] = {index: ContactMissing() for index in named}
    if amount is None:
        amount = len(named)
    unclear = Ambiguous(f"failedAmount {amount}, and failedContacts does not say which events")
    is_count = type(amount) is int
    number = max(amount, len(named)) if is_count else len(named)
    doubt, miscount = _counted(answer, len(request.items), number)
    others: Ambiguous | None = Ambiguous(doubt) if doubt else None
    if _has_stranger(listed, request.items, named):
        others = Ambiguous("failedContacts names a contact of no event")
    elif not is_count or amount > len(named) or not named:
        others = unclear
    elif amount < len(named):
        events = Counter(named.values())
        exceptions |= {index: unclear for index, key in named.items() if events[key] > 1}
    if others is not None:
        miscount = ""
        for index in range(len(request.items)):
            exceptions.setdefault(index, others)
    return Judged(exceptions, miscount=miscount)


def _all_ambiguous(request: Request, detail: str) -> Judged:
    return Judged(dict.fromkeys(range(len(request.items)), Ambiguous(detail)))


def _counted(answer: dict[str, Any], sent: int, failed: int = 0) -> tuple[str, str]:
    """Why `createdAmount` leaves the events in doubt that did not fail, and how it differs; or "".

    `failed`: how many failed, by the names or by `failedAmount`.
    """
    created, failed_amount = answer.get("createdAmount"), answer.get("failedAmount")
    if created is None:
        return "", ""
    beside = "no failedAmount" if failed_amount is None else f"failedAmount {failed_amount}"
    amounts = f"createdAmount {created} and {beside} of {sent:,} events"
    if type(created) is not int or created < 0 or (created == 0 and failed < sent):
        return amounts, ""
    return "", amounts if created + failed != sent else ""


def _names(failed: object) -> Iterator[str]:
    """Every identifier in a string, in an object, or in a list of these."""
    if isinstance(failed, str | int):
        yield str(failed)
    elif isinstance(failed, list):
        for element in failed:
            yield from _names(element)
    elif isinstance(failed, dict):
        for value in failed.values():
            if isinstance(value, str):
                yield value


def _has_stranger(listed: object, items: Sequence[Item], named: Iterable[int]) -> bool:
    """Whether an element of the list names none of the named items."""
    known = {one for index in named for one in _identifiers(items[index])}
    elements = listed if isinstance(listed, list) else [listed] if listed else []
    return any(known.isdisjoint(map(str.lower, _names(element))) for element in elements)


def _named_items(items: Sequence[Item], failed: set[str]) -> dict[int, str]:
    """Index in the request -> the contact's key, for items that these identifiers name.

    An item's identifiers are the contact's key, and `email` and `contactId` of its payload.
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
        # Only a payload with a contactId has another identifier than the key.
        has_others = index not in named and b'"contactId"' in payload
        if has_others and not failed.isdisjoint(_identifiers(items[index])):
            named[index] = keys[index]
    return named


def _identifiers(item: Item) -> list[str]:
    event = json.loads(item.payload)
    identifiers = (item.contact, event.get("email"), event.get("contactId"))
    return [str(one).lower() for one in identifiers if one]


BATCH = endpoint("/api/contact/batchAddContactExtEvent", as_owner, array("events"), _judge_batch)
SINGLE = endpoint(
    "/api/v2/contact/addContactExtEvent", as_owner, single, event_changes.judge_event_id
)

ADDITION = Operation(
    message=ExternalEvent,
    # So the event comes after the upsert that was enqueued with it, which creates its contact.
    linger=5.0,
    batch_size=1000,
    largest_batch=LARGEST_BATCH,
    ambiguous="verify",
    batching="one batchAddContactExtEvent per owner, at most 1,000; with `single` one "
    "addContactExtEvent each",
    idempotent=False,
    verified="contact/list: the contact's events by externalId, type, date, value and products",
    endpoints=(BATCH, SINGLE),
    merge=fold,
    plan=plan,
    verify=lambda items: verify.plan(with_changes(items)),
)
OPERATIONS = (ADDITION, *event_changes.OPERATIONS)
