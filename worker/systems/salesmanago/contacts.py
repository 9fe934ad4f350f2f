"""The lane of contacts: contact/batchupsertv2, contact/upsert for what only the single call
documents, and between the upserts what else is done to contacts (`contact_changes`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from producers.accounts import EffectiveOperation, SalesmanagoAccount
from producers.lanes import request_fields
from worker.systems.base import Item, Request
from worker.systems.planning import cut, grouped, one_by_one, waves
from worker.systems.salesmanago import contact_changes
from worker.systems.salesmanago.merge import merge_runs
from worker.verdicts import Judged

UPSERT = "contact.upsert"
BATCH_PATH = "/api/contact/batchupsertv2"
SINGLE_PATH = "/api/contact/upsert"
#: Documented for contact/upsert alone: a message with one of these travels in a call of its own.
SINGLE_ONLY = ("async", "doubleOptInEmailId", "doubleOptInLanguage")


def merge(items: Sequence[Item]) -> list[Item]:
    """Upserts of one contact with equal options become one, and so do equal other changes.

    Never past an item in between that may be about the same contact under another identifier, or
    that asks for something else: an item joins the group that was the last to touch each of its
    identifiers, or opens a new one. What is about many contacts touches everything.
    """
    groups: list[list[Item]] = []
    last_to_touch: dict[str, list[Item]] = {}
    for item in items:
        if _is_about_many(item):
            groups.append([item])
            last_to_touch.clear()
            continue
        identifiers = _identifiers(item)
        group = last_to_touch.get(item.contact)
        if (
            group is None
            or not _joins(group[-1], item)
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
    """One request per operation, owner and options; what is about one contact in different waves.

    What is about many contacts goes in waves of its own.
    """
    return [list(_requests(wave, settings)) for wave in _waves(items)]


def _waves(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Neighbours that ask the same of many contacts each may share a wave: they commute."""
    for about_many, neighbours in groupby(items, lambda x: _is_about_many(x) and x.operation):
        run = list(neighbours)
        yield from [run] if about_many else waves(run, _identifiers)


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


def _joins(one: Item, other: Item) -> bool:
    """Whether two items of one contact, one after the other, may become one."""
    alike = (one.operation, one.options) == (other.operation, other.options)
    return (
        alike
        and one.contact == other.contact
        and (one.operation == UPSERT or one.payload == other.payload)
    )


def _merged(group: list[Item]) -> list[Item]:
    if len(group) == 1:
        return group
    if group[0].operation != UPSERT:
        return [replace(group[0], messages=tuple(n for item in group for n in item.messages))]
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
