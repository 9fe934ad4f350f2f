"""The lane of contacts: contact/batchupsertv2, and contact/upsert for upserts with fields that only
this method documents. Between the upserts are the other changes of contacts (`contact_changes.py`).
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from batchline.systems.columns import Columns, Item, Run, contacts, payloads
from batchline.systems.message import operation_of, request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import (
    by_options,
    chains,
    cut,
    fold,
    one_by_one,
    repeated,
    split,
    waves,
    with_folded,
)
from batchline.systems.requests import Request
from batchline.systems.salesmanago import contact_changes
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import array, endpoint, single
from batchline.systems.salesmanago.merge import merge_runs
from batchline.systems.salesmanago.messages.contacts import SINGLE_ONLY, ContactUpsert
from batchline.systems.verdicts import Judged

#: The most upserts in one call (batchupsertv2, upsertDetails).
LARGEST_BATCH = 1000
#: Fields of the request that have a meaning under double opt-in alone (contact/upsert).
OF_DOUBLE_OPT_IN = ("doubleOptInLanguage", "doubleOptInEmailId")
#: Fields that may name an upsert's contact beside its key.
OTHER_NAMES = (b'"newEmail"', b'"contactId"')


def _upsert_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The fields around the upserts; always with `useApiDoubleOptIn`, whose default is true."""
    own = request_fields(request.items[0].options)
    fields = {"owner": account.owner, "useApiDoubleOptIn": _is_double(own, account)}
    return {**fields, **own}


def _is_double(fields: Mapping[str, Any], account: SalesmanagoAccount) -> bool:
    """Whether upserts with these fields of the request are under double opt-in."""
    if fields.get("useApiDoubleOptIn") is None and not _asks_itself(fields):
        return account.use_api_double_opt_in
    return _asks_itself(fields)


def _asks_itself(fields: Mapping[str, Any]) -> bool:
    """Whether the upserts ask for double opt-in, whatever the account's setting is.

    The language and the e-mail "to be used when sending double opt-in email" say so too, unless the
    upsert says otherwise.
    """
    said: bool | None = fields.get("useApiDoubleOptIn")
    return any(map(fields.get, OF_DOUBLE_OPT_IN)) if said is None else said


def _judge_batch(request: Request, answer: dict[str, Any]) -> Judged:
    """The job is `requestId`; its result says which contacts are invalid."""
    job = answer.get("requestId")
    return Judged(job=str(job) if type(job) is int else None)


def _judge_single(request: Request, answer: dict[str, Any]) -> Judged:
    """The id is the `contactId` in contact/upsert's answer."""
    contact_id = answer.get("contactId")
    return Judged(ids={0: contact_id} if isinstance(contact_id, str) and contact_id else {})


BATCH = endpoint("/api/contact/batchupsertv2", _upsert_fields, array("upsertDetails"), _judge_batch)
SINGLE = endpoint("/api/contact/upsert", _upsert_fields, single, _judge_single)


def merge(items: Sequence[Item]) -> Sequence[Item]:
    """Upserts of one contact with equal options become one, and so do equal other changes.

    Two items do not merge if an item between them may be about their contact under another
    identifier, or has another operation. An item about many contacts may be about any contact.
    """
    if isinstance(items, Run) and b"" not in contacts(items):
        related, alone = split(items, _related(items))
        if not related:
            return items
        return with_folded(items, alone, _merged([items[position] for position in related]))
    return [
        item for run in _runs(items) for item in (run if _is_about_many(run[0]) else _merged(run))
    ]


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """Waves in which each contact occurs once, with a request per operation, owner and options.

    An item about many contacts has a wave of its own, with its neighbours of the same operation.
    """
    return [list(_requests(wave, settings)) for wave in _waves(items)]


def _waves(items: Sequence[Item]) -> list[Sequence[Item]]:
    if isinstance(items, Run) and b"" not in contacts(items):
        related, alone = split(items, _related(items))
        if not related:
            return [items]
        first, *others = waves([items[position] for position in related], _identifiers)
        return [with_folded(items, alone, first), *others]
    return [
        wave
        for run in _runs(items)
        for wave in ([run] if _is_about_many(run[0]) else waves(run, _identifiers))
    ]


def _related(items: Run) -> set[bytes]:
    """Keys of the contacts that more than one item may be about."""
    keys = contacts(items)
    related = repeated(keys)
    all_payloads = b"".join(payloads(items))
    if any(name in all_payloads for name in OTHER_NAMES):
        for position, payload in enumerate(payloads(items)):
            if any(name in payload for name in OTHER_NAMES):
                related |= {key.encode() for key in _identifiers(items[position])}
    return related


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Neighbours whose order is free: about one contact each, or of one operation about many."""
    for _, run in groupby(items, lambda item: _is_about_many(item) and item.operation):
        yield list(run)


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    for group in by_options(wave):
        first = group[0]
        if first.operation != ContactUpsert.operation:
            yield from contact_changes.requests(group, settings)
        elif not request_fields(first.options).keys().isdisjoint(SINGLE_ONLY.values()):
            yield from one_by_one(group, SINGLE)
        else:
            yield from map(BATCH.request, cut(group, settings))


def _is_about_many(item: Item) -> bool:
    """Whether the item has no single contact, such as a deletion by tag."""
    return not item.contact


def _merged(items: Sequence[Item]) -> list[Item]:
    """The items that are left after merging items about one contact each."""
    return [item for chain in chains(items, _identifiers, _kind) for item in _folded(chain)]


def _kind(item: Item) -> Hashable:
    """The kind of an item: neighbours of one kind become one. Other changes must be equal."""
    is_upsert = item.operation == ContactUpsert.operation
    return item.contact, item.options, b"" if is_upsert else item.payload


def _folded(chain: list[Item]) -> list[Item]:
    return fold(chain, merge_runs if chain[0].operation == ContactUpsert.operation else _equal)


def _equal(payloads: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    return [(payloads[0], list(range(len(payloads))))]


def _identifiers(item: Item) -> list[str]:
    """Every key under which the item's contact may be known to other items."""
    if not any(name in item.payload for name in OTHER_NAMES):
        return [item.contact]
    upsert = json.loads(item.payload)
    contact = upsert.get("contact", {})
    identifiers = (contact.get("contactId"), contact.get("email"), upsert.get("newEmail"))
    return list({item.contact, *(str(one).lower() for one in identifiers if one)})


def next_contacts(payloads: Sequence[bytes]) -> dict[int, str]:
    """Index -> the next address, in lower case, of an upsert that changes its contact's address."""
    found = {
        index: _next_contact(payload)
        for index, payload in enumerate(payloads)
        if b'"newEmail"' in payload
    }
    return {index: key for index, key in found.items() if key}


def _next_contact(payload: bytes) -> str:
    try:
        upsert = json.loads(payload)
        contact, key = upsert["contact"], upsert["newEmail"].lower()
        own = contact.get("contactId") or contact["email"].lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""  # no upsert with a new address: whoever sends the payload finds out what it is
    return "" if key == own else key


def repeats_matter(columns: Columns, account: SalesmanagoAccount) -> set[int]:
    """The upserts that are not idempotent, as few are.

    One that changes the address finds no contact the second time, and makes a new one under the
    former address. And a sign-up under double opt-in makes SALESmanago send an e-mail again, which
    asks the contact to confirm.
    """
    return {*next_contacts(columns.payloads), *_asking_to_confirm(columns, account)}


def _asking_to_confirm(columns: Columns, account: SalesmanagoAccount) -> set[int]:
    """The sign-ups: double opt-in "applies only to contacts changing their status to opt-in".

    An upsert with `forceOptIn` changes the status. So may one that asks for double opt-in itself:
    "New Contacts ... have their Email Marketing status set by default to opt-in". The account's
    setting alone makes no sign-up of an upsert: it holds for changes of every kind.
    """
    #: Options under double opt-in -> whether they ask for it themselves.
    double: dict[bytes, bool] = {}
    for options in set(columns.options):
        fields = request_fields(options.decode())
        is_upsert = operation_of(columns.operation, options.decode()) == ContactUpsert.operation
        if is_upsert and _is_double(fields, account):
            double[options] = _asks_itself(fields)
    return {
        index
        for index, options in enumerate(columns.options if double else ())
        if options in double and _opts_in(columns.payloads[index], double[options])
    }


def _opts_in(payload: bytes, by_default: bool) -> bool:
    """Whether the upsert opts in to e-mail; `by_default`: also if it does not say so."""
    if b'"forceOptIn"' not in payload and b'"forceOptOut"' not in payload:
        return by_default
    upsert = json.loads(payload)
    return not upsert.get("forceOptOut") and (by_default or upsert.get("forceOptIn") is True)


UPSERT = Operation(
    message=ContactUpsert,
    linger=2.0,
    batch_size=1000,
    largest_batch=LARGEST_BATCH,
    ambiguous="resend",
    batching="one batchupsertv2 per owner and options, at most 1,000; upserts of one contact "
    "merged; with doubleOptInLanguage, doubleOptInEmailId or async, which contact/upsert alone "
    "takes, one contact/upsert each",
    idempotent=True,
    ordered=True,
    next_contacts=next_contacts,
    repeats_matter=repeats_matter,
    repeats="sign-ups under double opt-in (each asks by e-mail again) and new addresses",
    endpoints=(BATCH, SINGLE),
    merge=merge,
    plan=plan,
)
OPERATIONS = (UPSERT, *contact_changes.OPERATIONS)
