"""Contacts: contact/batchupsertv2, and contact/upsert for what only the single call documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from producers.accounts import EffectiveOperation, SalesmanagoAccount
from producers.lanes import request_fields
from worker.systems.base import Item, Request
from worker.systems.planning import cut, grouped, one_by_one, waves
from worker.systems.salesmanago.merge import merge_runs

BATCH_PATH = "/api/contact/batchupsertv2"
SINGLE_PATH = "/api/contact/upsert"
#: Documented for contact/upsert alone: a message with one of these travels in a call of its own.
SINGLE_ONLY = ("async", "doubleOptInEmailId", "doubleOptInLanguage")


def merge(items: Sequence[Item]) -> list[Item]:
    """Upserts of one contact with equal options become one.

    Never past an item in between that may be about the same contact under another identifier:
    an item joins the group that was the last to touch each of its identifiers, or opens a new one.
    """
    groups: list[list[Item]] = []
    last_to_touch: dict[str, list[Item]] = {}
    for item in items:
        identifiers = _identifiers(item)
        group = last_to_touch.get(item.contact)
        if (
            group is None
            or (group[-1].contact, group[-1].options) != (item.contact, item.options)
            or any(last_to_touch.get(key, group) is not group for key in identifiers)
        ):
            group = []
            groups.append(group)
        group.append(item)
        last_to_touch.update(dict.fromkeys(identifiers, group))
    return [merged for group in groups for merged in _merged(group)]


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One batchupsertv2 per options (owner, opt-in, lang, fireEvents) in each wave."""
    return [list(_requests(wave, operation, settings)) for wave in waves(items, _identifiers)]


def _requests(
    wave: Sequence[Item], operation: str, settings: EffectiveOperation
) -> Iterator[Request]:
    for group in grouped(wave, lambda item: item.options):
        if any(field in request_fields(group[0].options) for field in SINGLE_ONLY):
            yield from one_by_one(group, operation, SINGLE_PATH)
        else:
            for run in cut(group, settings):
                yield Request(operation, BATCH_PATH, run)


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


def _identifiers(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    if b'"newEmail"' not in item.payload and b'"contactId"' not in item.payload:
        return [item.contact]
    upsert = json.loads(item.payload)
    contact = upsert.get("contact", {})
    named = (contact.get("contactId"), contact.get("email"), upsert.get("newEmail"))
    return list({item.contact, *(str(name).lower() for name in named if name)})
