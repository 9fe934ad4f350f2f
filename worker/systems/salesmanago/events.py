"""External events: contact/batchAddContactExtEvent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from producers.accounts import EffectiveOperation, SalesmanagoAccount
from worker.systems.base import Item, Request
from worker.systems.planning import cut, grouped
from worker.verdicts import ContactMissing, InDoubt, Judged, Verdict


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One request per owner: batchAddContactExtEvent takes one owner for all its events."""
    return [
        [Request(operation, account.events_path, run)]
        for group in grouped(items, lambda item: item.options)
        for run in cut(group, settings)
    ]


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
    named = [place for place, own in enumerate(identifiers) if not failed.isdisjoint(own)]
    exceptions: dict[int, Verdict | InDoubt] = {place: ContactMissing() for place in named}
    if amount is None:
        amount = len(named)
    doubt = InDoubt(f"failedAmount {amount}, and failedContacts does not say which events")
    if not isinstance(amount, int) or amount > len(named) or not named:
        for place in range(len(request.items)):
            exceptions.setdefault(place, doubt)
    elif amount < len(named):
        events = Counter(identifiers[place][0] for place in named)
        exceptions |= {place: doubt for place in named if events[identifiers[place][0]] > 1}
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
