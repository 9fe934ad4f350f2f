"""Contacts: POST /v1/contacts in bulk, and a call each to /v1/contact for the rest of the lane."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from batchline.producers.lanes import request_fields
from batchline.systems.account import EffectiveOperation, EsputnikAccount
from batchline.systems.contract import Item, Request
from batchline.systems.esputnik.merge import merge_runs
from batchline.systems.esputnik.messages import CONTACT_FIELDS
from batchline.systems.esputnik.messages.contact_parts import given_names
from batchline.systems.planning import chains, cut, fold, grouped, json_array, waves

BULK_PATH = "/api/v1/contacts"
PATH = "/api/v1/contact"


def merge(items: Sequence[Item]) -> list[Item]:
    """Bulk upserts of one contact with equal options become one, if nothing stands between them."""
    return [
        merged
        for chain in chains(
            items, known_by, lambda item: (item.operation, item.contact, item.options)
        )
        for merged in _merged(chain)
    ]


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """Waves in which each contact is once: a deletion never overtakes an upsert.

    Within one, a bulk call for each set of options and of fields given: the call says once, for all
    its contacts, which fields it overwrites, and would clear those that a contact does not give.
    """
    return [list(_requests(wave, settings)) for wave in waves(items, known_by)]


def body(request: Request, account: EsputnikAccount) -> bytes:
    """The contacts, and beside them always `dedupeOn`, `contactFields` and `customFieldsIDs`."""
    first = request.items[0]
    said, names = json.loads(first.payload), (*CONTACT_FIELDS, *account.contact_fields)
    fields = request_fields(first.options)
    named = fields.pop("contactFields", [])
    given = given_names(said)
    around = {
        "dedupeOn": fields.pop("dedupeOn", account.dedupe_on),
        "contactFields": _once([*(name for name in names if name in given), *named]),
        "customFieldsIDs": _once([*sorted(_field_ids(said)), *fields.pop("customFieldsIDs", [])]),
        **fields,
    }
    return json_array("contacts", request.items, around)


def known_by(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    said: dict[str, Any] = json.loads(item.payload) | request_fields(item.options)
    keys = {item.contact}
    keys |= {
        f"{channel['type']} {channel['value'].lower()}" for channel in said.get("channels", ())
    }
    for name, prefix in (("externalCustomerId", "own"), ("id", "id"), ("contactId", "id")):
        if name in said:
            keys.add(f"{prefix} {said[name]}")
    return list(keys)


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    bulk = [item for item in wave if item.operation == "contact.upsert"]
    for group in grouped(bulk, _options_and_fields):
        for run in cut(group, settings):
            yield Request("contact.upsert", BULK_PATH, run)
    for item in wave:
        if item.operation != "contact.upsert":
            yield _single(item)


def _single(item: Item) -> Request:
    if item.operation == "contact.upsert_one":
        return Request(item.operation, PATH, (item,))
    if item.operation == "contact.update":
        path = f"{PATH}/{request_fields(item.options)['contactId']}"
        return Request(item.operation, path, (item,), "PUT")
    return Request(item.operation, _deletion_path(json.loads(item.payload)), (item,), "DELETE")


def _deletion_path(said: dict[str, Any]) -> str:
    if "contactId" in said:
        return f"{PATH}/{said['contactId']}"
    query = {"externalCustomerId": said["externalCustomerId"]}
    if "erase" in said:
        query["erase"] = "true" if said["erase"] else "false"
    return f"{PATH}?{urlencode(query)}"


def _merged(chain: list[Item]) -> list[Item]:
    if chain[0].operation != "contact.upsert":
        return chain
    return fold(chain, partial(merge_runs, options=request_fields(chain[0].options)))


def _options_and_fields(item: Item) -> tuple[str, frozenset[str], frozenset[int]]:
    said = json.loads(item.payload)
    return item.options, frozenset(given_names(said)), frozenset(_field_ids(said))


def _field_ids(said: dict[str, Any]) -> set[int]:
    return {field["id"] for field in said.get("fields", ())}


def _once(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
