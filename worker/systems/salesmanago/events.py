"""External events: contact/batchAddContactExtEvent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from producers.settings import Account, EffectiveOperation
from worker.systems.base import Item, Request
from worker.systems.planning import cut, grouped
from worker.verdicts import ContactMissing, Dead, DestinationFailed, Judged, Verdict


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: Account
) -> list[list[Request]]:
    """One request per owner: batchAddContactExtEvent takes one owner for all its events."""
    return [
        [Request(operation, account.events_path, run)]
        for group in grouped(items, lambda item: item.options)
        for run in cut(group, settings)
    ]


def judge_success(request: Request, answer: dict[str, Any]) -> Judged | DestinationFailed:
    """`success: true` says nothing about missing contacts: `failedContacts` names them.

    Its elements are documented as "contacts with event creation fail" and nowhere shown: strings
    and objects are read, e-mail addresses and contact ids. Events that failed (`failedAmount`) and
    that nobody names leave the whole request in doubt.
    """
    failed = {name.lower() for name in _names(answer.get("failedContacts"))}
    amount = answer.get("failedAmount", 0)
    if not failed and not amount:
        return Judged()
    exceptions: dict[int, Verdict] = {
        place: ContactMissing()
        for place, item in enumerate(request.items)
        if not failed.isdisjoint(_identifiers(item))
    }
    unnamed = int(amount) - len(exceptions) if isinstance(amount, int | float) else 1
    if unnamed > 0 or (failed and not exceptions):
        doubt = Dead("ambiguous", f"failedAmount {amount}, and failedContacts does not say whose")
        for place in range(len(request.items)):
            exceptions.setdefault(place, doubt)
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
