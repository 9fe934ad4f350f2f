"""Contacts: contact/batchupsertv2, and contact/upsert for what only the single call documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from producers.settings import Account, EffectiveOperation
from worker.systems.base import Item, Request
from worker.systems.planning import cut, grouped, one_by_one, waves
from worker.systems.salesmanago.merge import is_barrier, merge_runs

BATCH_PATH = "/api/contact/batchupsertv2"
SINGLE_PATH = "/api/contact/upsert"
#: Documented for contact/upsert alone: a message with one of these travels in a call of its own.
SINGLE_ONLY = ("async", "doubleOptInEmailId", "doubleOptInLanguage")


def merge(items: Sequence[Item]) -> list[Item]:
    """Upserts of one contact with equal options become one, except across a change of e-mail."""
    groups: list[list[Item]] = []
    open_groups: dict[str, list[Item]] = {}
    for item in items:
        barrier = _new_email(item)
        group = open_groups.get(item.contact)
        if barrier is None and group is not None and group[-1].options == item.options:
            group.append(item)
            continue
        groups.append([item])
        open_groups[item.contact] = groups[-1]
        if barrier is not None:
            open_groups.pop(item.contact, None)
            open_groups.pop(barrier, None)
    return [merged for group in groups for merged in _merged(group)]


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: Account
) -> list[list[Request]]:
    """One batchupsertv2 per options (owner, opt-in, lang, fireEvents) in each wave."""
    return [list(_requests(wave, operation, settings)) for wave in waves(items, _identifiers)]


def _requests(
    wave: Sequence[Item], operation: str, settings: EffectiveOperation
) -> Iterator[Request]:
    for group in grouped(wave, lambda item: item.options):
        if any(field in options(group[0]) for field in SINGLE_ONLY):
            yield from one_by_one(group, operation, SINGLE_PATH)
        else:
            for run in cut(group, settings):
                yield Request(operation, BATCH_PATH, run)


def options(item: Item) -> dict[str, Any]:
    """The request's fields around the item, under the API's names."""
    chosen: dict[str, Any] = json.loads(item.options) if item.options else {}
    return chosen


def _merged(group: list[Item]) -> list[Item]:
    if len(group) == 1:
        return group
    runs = merge_runs([json.loads(item.payload) for item in group])
    return [
        replace(
            group[places[0]],
            payload=json.dumps(merged, ensure_ascii=False, separators=(",", ":")).encode(),
            messages=tuple(message for place in places for message in group[place].messages),
        )
        for merged, places in runs
    ]


def _new_email(item: Item) -> str | None:
    """The lower-cased address that the item changes the contact's to, if it does."""
    if b'"newEmail"' not in item.payload:
        return None
    upsert = json.loads(item.payload)
    return str(upsert["newEmail"]).lower() if is_barrier(upsert) else None


def _identifiers(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    if b'"newEmail"' not in item.payload and b'"contactId"' not in item.payload:
        return [item.contact]
    upsert = json.loads(item.payload)
    contact = upsert.get("contact", {})
    named = (contact.get("contactId"), contact.get("email"), upsert.get("newEmail"))
    return list({item.contact, *(str(name).lower() for name in named if name)})
