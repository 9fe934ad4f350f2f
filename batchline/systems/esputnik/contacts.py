"""Contacts: POST /v1/contacts in bulk, and a call each to /v1/contact for the rest of the lane."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from batchline.systems.answers import identifier
from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import (
    Read,
    endpoint,
    judge_id,
    judge_sentence,
    no_body,
)
from batchline.systems.esputnik.failures import judge_failed
from batchline.systems.esputnik.merge import merge_runs
from batchline.systems.esputnik.messages.contact_parts import given_names
from batchline.systems.esputnik.messages.contacts import (
    CONTACT_FIELDS,
    ContactDeletion,
    ContactUpdate,
    ContactUpsert,
    SingleContactUpsert,
)
from batchline.systems.message import Message, request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import chains, cut, fold, grouped, json_array, waves
from batchline.systems.requests import Endpoint, Request
from batchline.systems.verdicts import Judged, Refused


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
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """Waves in which each contact is once: a deletion never overtakes an upsert.

    Within one, a bulk call for each set of options and of fields given: the call says once, for all
    its contacts, which fields it overwrites, and would clear those that a contact does not give.
    """
    return [list(_requests(wave, settings)) for wave in waves(items, known_by)]


def _body(request: Request, account: EsputnikAccount) -> bytes:
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
            yield BULK.request(run)
    for item in wave:
        if item.operation != "contact.upsert":
            yield _single(item)


def _single(item: Item) -> Request:
    if item.operation == SingleContactUpsert.operation:
        return UPSERT_ONE.request((item,))
    if item.operation == ContactUpdate.operation:
        return UPDATE.request((item,), id=request_fields(item.options)["contactId"])
    path = _deletion_path(json.loads(item.payload))
    return Request(item.operation, DELETE, (item,), path)


def _deletion_path(fields: dict[str, Any]) -> str:
    if "contactId" in fields:
        return f"{DELETE.path}/{fields['contactId']}"
    query = {"externalCustomerId": fields["externalCustomerId"]}
    if "erase" in fields:
        query["erase"] = "true" if fields["erase"] else "false"
    return f"{DELETE.path}?{urlencode(query)}"


def _judge_import(request: Request, body: Read) -> Judged | Refused | None:
    """`asyncSessionId`, which /v1/importstatus knows, and `failedContacts` where there are some."""
    if not isinstance(body, dict):
        return None
    job = identifier(body.get("asyncSessionId"))
    failed = judge_failed(request, "failedContacts", body.get("failedContacts"), job)
    everything = isinstance(failed, Judged) and len(failed.exceptions) == len(request.items)
    return failed if job or everything or isinstance(failed, Refused) else None


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


BULK = endpoint("/api/v1/contacts", _body, _judge_import)
UPSERT_ONE = endpoint("/api/v1/contact", judge=judge_id)
UPDATE = endpoint("/api/v1/contact/{id}", judge=judge_sentence("updated"), method="PUT")
DELETE = endpoint("/api/v1/contact", no_body, judge_sentence("deleted"), "DELETE")


def _operation(message: type[Message], batching: str, endpoint: Endpoint) -> Operation:
    """The lane's settings hold for all that travel in it; all of it is idempotent."""
    return Operation(
        message=message,
        linger=2.0,
        batch_size=3000,
        largest_batch=3000,
        ambiguous="resend",
        batching=batching,
        idempotent=True,
        endpoints=(endpoint,),
    )


OPERATIONS = (
    replace(
        _operation(
            ContactUpsert,
            "one POST /v1/contacts per options and set of given fields, at most 3,000; upserts of "
            "one contact merged",
            BULK,
        ),
        ordered=True,
        merge=merge,
        plan=plan,
    ),
    _operation(
        SingleContactUpsert,
        "one POST /v1/contact each, in the lane of contact.upsert",
        UPSERT_ONE,
    ),
    _operation(
        ContactUpdate, "one PUT /v1/contact/{id} each, in the lane of contact.upsert", UPDATE
    ),
    _operation(
        ContactDeletion, "one DELETE /v1/contact each, in the lane of contact.upsert", DELETE
    ),
)
