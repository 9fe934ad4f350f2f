"""Contacts: contact/batchupsertv2, and contact/upsert for what only the single call documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from producers.accounts import EffectiveOperation, SalesmanagoAccount
from producers.lanes import request_fields
from worker.systems.base import Item, Request
from worker.systems.planning import chains, cut, fold, grouped, one_by_one, waves
from worker.systems.salesmanago.merge import merge_runs

BATCH_PATH = "/api/contact/batchupsertv2"
SINGLE_PATH = "/api/contact/upsert"
#: Documented for contact/upsert alone: a message with one of these travels in a call of its own.
SINGLE_ONLY = ("async", "doubleOptInEmailId", "doubleOptInLanguage")


def merge(items: Sequence[Item]) -> list[Item]:
    """Upserts of one contact with equal options become one.

    Never past an item in between that may be about the same contact under another identifier.
    """
    return [
        merged
        for chain in chains(items, _identifiers, lambda item: (item.contact, item.options))
        for merged in fold(chain, merge_runs)
    ]


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


def _identifiers(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    if b'"newEmail"' not in item.payload and b'"contactId"' not in item.payload:
        return [item.contact]
    upsert = json.loads(item.payload)
    contact = upsert.get("contact", {})
    named = (contact.get("contactId"), contact.get("email"), upsert.get("newEmail"))
    return list({item.contact, *(str(name).lower() for name in named if name)})
