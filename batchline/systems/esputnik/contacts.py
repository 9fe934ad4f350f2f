"""Contacts: POST /v1/contacts in bulk, and a call to /v1/contact for each other message."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
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
    no_body,
)
from batchline.systems.esputnik.failures import judge_failed
from batchline.systems.esputnik.merge import merge_runs
from batchline.systems.esputnik.messages.contact_parts import field_names
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

#: Fields by which the API can look for a contact, the surest first.
IDENTIFIERS = ("externalCustomerId", "email", "sms", "id", "mobilepush", "webpush", "push")


def merge(items: Sequence[Item]) -> list[Item]:
    """Bulk upserts of one contact with equal options become one, if no item stands between them."""
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
    """Waves in which each contact occurs once, so that a deletion never goes ahead of an upsert.

    A wave has a bulk call for each set of options and of present fields. A bulk call names the
    fields that it overwrites and the one that it looks by once for all its contacts, and would
    clear a named field that a contact does not have.
    """
    return [list(_requests(wave, settings)) for wave in waves(items, known_by)]


def _body(request: Request, account: EsputnikAccount) -> bytes:
    """The contacts, and beside them always `dedupeOn`, `contactFields` and `customFieldsIDs`.

    The first contact speaks for all: they give the same fields. The names that the message gives
    are sent as they are.
    """
    first = request.items[0]
    contact, options = json.loads(first.payload), request_fields(first.options)
    present = field_names(contact)
    known = (*CONTACT_FIELDS, *account.contact_fields)
    around = {
        "dedupeOn": dedupe_on(present, account),
        "contactFields": _unique([name for name in known if name in present]),
        "customFieldsIDs": sorted(_field_ids(contact)),
        **options,
    }
    return json_array("contacts", request.items, around)


def dedupe_on(present: Set[str], account: EsputnikAccount) -> str:
    """The `dedupeOn` of contacts with these fields, where their messages name none.

    It is the account's, if the contacts give it: the API would not find a contact by what is not
    given, and create another one each time. Else it is the first of their identifiers.
    """
    channels = ("email", "sms") if account.dedupe_on == "email_or_sms" else (account.dedupe_on,)
    if not present.isdisjoint(channels):
        return account.dedupe_on
    return next(name for name in IDENTIFIERS if name in present)


def known_by(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    fields: dict[str, Any] = json.loads(item.payload) | request_fields(item.options)
    keys = {item.contact}
    keys |= {
        f"{channel['type']} {channel['value'].lower()}" for channel in fields.get("channels", ())
    }
    for name, prefix in (("externalCustomerId", "own"), ("id", "id"), ("contactId", "id")):
        if name in fields:
            keys.add(f"{prefix} {fields[name]}")
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
    """The job is `asyncSessionId`, as /v1/importstatus takes it; `failedContacts` are rejected."""
    if not isinstance(body, dict):
        return None
    job = identifier(body.get("asyncSessionId"))
    failed = judge_failed(request, "failedContacts", body.get("failedContacts"), job)
    all_failed = isinstance(failed, Judged) and len(failed.exceptions) == len(request.items)
    return failed if job or all_failed or isinstance(failed, Refused) else None


def _merged(chain: list[Item]) -> list[Item]:
    if chain[0].operation != "contact.upsert":
        return chain
    return fold(chain, partial(merge_runs, options=request_fields(chain[0].options)))


def _options_and_fields(item: Item) -> tuple[str, frozenset[str], frozenset[int]]:
    contact = json.loads(item.payload)
    return item.options, frozenset(field_names(contact)), frozenset(_field_ids(contact))


def _field_ids(contact: dict[str, Any]) -> set[int]:
    return {field["id"] for field in contact.get("fields", ())}


def _unique(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


BULK = endpoint("/api/v1/contacts", _body, _judge_import)
UPSERT_ONE = endpoint("/api/v1/contact", judge=judge_id)
UPDATE = endpoint("/api/v1/contact/{id}", method="PUT")
DELETE = endpoint("/api/v1/contact", no_body, method="DELETE")


def _operation(message: type[Message], batching: str, endpoint: Endpoint) -> Operation:
    """An idempotent operation with the settings of the lane of `contact.upsert`."""
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
            "one POST /v1/contacts per options and set of fields, at most 3,000; upserts of "
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
