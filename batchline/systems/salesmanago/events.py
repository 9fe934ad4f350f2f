"""The lane of external events: contact/batchAddContactExtEvent, v2/contact/addContactExtEvent for
those that travel alone, and what changes events (`event_changes`)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.producers.lanes import request_fields
from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import Item, Request
from batchline.systems.planning import cut, grouped, one_by_one
from batchline.systems.salesmanago import event_changes
from batchline.systems.verdicts import Ambiguous, ContactMissing, Judged, Verdict

SINGLE_PATH = "/api/v2/contact/addContactExtEvent"
ADD = "event.add"


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One request per owner: batchAddContactExtEvent takes one owner for all its events.

    Single adds, updates and deletions are calls of their own, those of a step at once.
    """
    return [
        wave
        for step in _steps(items)
        for wave in (
            *([request] for request in _batches(step, settings, account)),
            [*_single(step), *event_changes.requests([x for x in step if x.operation != ADD])],
        )
        if wave
    ]


def _steps(items: Sequence[Item]) -> list[list[Item]]:
    """Items in steps: changes of a contact's events after what came before them, one by one; its
    adds after the changes that came before them, together."""
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


def _batches(
    step: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
) -> Iterator[Request]:
    adds = (item for item in step if item.operation == ADD and not _is_single(item))
    for group in grouped(adds, lambda item: item.options):
        for run in cut(group, settings):
            yield Request(ADD, account.events_path, run)


def _single(step: Sequence[Item]) -> list[Request]:
    adds = [item for item in step if item.operation == ADD and _is_single(item)]
    return one_by_one(adds, ADD, SINGLE_PATH)


def _is_single(item: Item) -> bool:
    return request_fields(item.options).get("single") is True


def judge_success(request: Request, answer: dict[str, Any]) -> Judged:
    """`success: true` says nothing about missing contacts: `failedContacts` names them.

    Its elements are documented as "contacts with event creation fail" and nowhere shown: strings
    and objects are read, e-mail addresses and contact ids. `failedAmount` counts events: where it
    is smaller than the events of these contacts, some of them were created; where it is larger,
    others failed that nobody names. Both are in doubt.
    """
    failed = {name.lower() for name in _names(answer.get("failedContacts"))}
    amount = answer.get("failedAmount")
    if not failed and not amount:
        return Judged()
    identifiers = [_identifiers(item) for item in request.items]
    named = [index for index, own in enumerate(identifiers) if not failed.isdisjoint(own)]
    exceptions: dict[int, Verdict | Ambiguous] = {index: ContactMissing() for index in named}
    if amount is None:
        amount = len(named)
    doubt = Ambiguous(f"failedAmount {amount}, and failedContacts does not say which events")
    if not isinstance(amount, int) or amount > len(named) or not named:
        for index in range(len(request.items)):
            exceptions.setdefault(index, doubt)
    elif amount < len(named):
        events = Counter(identifiers[index][0] for index in named)
        exceptions |= {index: doubt for index in named if events[identifiers[index][0]] > 1}
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


def _identifiers(item: Item) -> list[str]:
    event = json.loads(item.payload)
    named = (item.contact, event.get("email"), event.get("contactId"))
    return [str(name).lower() for name in named if name]
