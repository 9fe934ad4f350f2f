"""The lane of contacts: contact/batchupsertv2, contact/upsert for what only the single call
documents, and between the upserts what else is done to contacts (`contact_changes`)."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import Any

from batchline.producers.lanes import request_fields
from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import Item, Request
from batchline.systems.planning import chains, cut, fold, grouped, one_by_one, waves
from batchline.systems.salesmanago import contact_changes
from batchline.systems.salesmanago.merge import merge_runs
from batchline.systems.verdicts import Judged

UPSERT = "contact.upsert"
BATCH_PATH = "/api/contact/batchupsertv2"
SINGLE_PATH = "/api/contact/upsert"
#: Documented for contact/upsert alone: a message with one of these travels in a call of its own.
SINGLE_ONLY = ("async", "doubleOptInEmailId", "doubleOptInLanguage")


def merge(items: Sequence[Item]) -> list[Item]:
    """Upserts of one contact with equal options become one, and so do equal other changes.

    Never past an item in between that may be about the same contact under another identifier, or
    that asks for something else. What is about many contacts may be about any.
    """
    return [
        merged
        for run in _runs(items)
        for chain in ([run] if _is_about_many(run[0]) else chains(run, _identifiers, _kind))
        for merged in _folded(chain)
    ]


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One request per operation, owner and options; what is about one contact in different waves.

    What is about many contacts goes in waves of its own.
    """
    return [list(_requests(wave, settings)) for wave in _waves(items)]


def _waves(items: Sequence[Item]) -> Iterator[list[Item]]:
    for run in _runs(items):
        yield from [run] if _is_about_many(run[0]) else waves(run, _identifiers)


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Neighbours that are about one contact each, or that ask the same of many each: these
    commute."""
    for _, run in groupby(items, lambda item: _is_about_many(item) and item.operation):
        yield list(run)


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    for group in grouped(wave, lambda item: (item.operation, item.options)):
        if group[0].operation != UPSERT:
            yield from contact_changes.requests(group, settings)
        elif any(field in request_fields(group[0].options) for field in SINGLE_ONLY):
            yield from one_by_one(group, UPSERT, SINGLE_PATH)
        else:
            for run in cut(group, settings):
                yield Request(UPSERT, BATCH_PATH, run)


def judge_single(answer: dict[str, Any]) -> Judged:
    """contact/upsert answers with the `contactId`."""
    contact_id = answer.get("contactId")
    return Judged(ids={0: contact_id} if isinstance(contact_id, str) and contact_id else {})


def _is_about_many(item: Item) -> bool:
    """Whether it has no single contact's key: a deletion by tag, say."""
    return not item.contact


def _kind(item: Item) -> Hashable:
    """Neighbours of one kind become one: upserts merge, other changes are equal."""
    return item.contact, item.options, b"" if item.operation == UPSERT else item.payload


def _folded(chain: list[Item]) -> list[Item]:
    if _is_about_many(chain[0]):
        return chain
    return fold(chain, merge_runs if chain[0].operation == UPSERT else _equal)


def _equal(payloads: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    return [(payloads[0], list(range(len(payloads))))]


def _identifiers(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    if b'"newEmail"' not in item.payload and b'"contactId"' not in item.payload:
        return [item.contact]
    upsert = json.loads(item.payload)
    contact = upsert.get("contact", {})
    named = (contact.get("contactId"), contact.get("email"), upsert.get("newEmail"))
    return list({item.contact, *(str(name).lower() for name in named if name)})
