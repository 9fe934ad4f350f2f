"""POST /v1/contacts, which takes effect later, and GET /v1/importstatus."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from batchline.sandbox.bodies import JsonObject, objects
from batchline.sandbox.checks import anything, array, flag, one_of, plainly, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.esputnik.account import Account, Import
from batchline.sandbox.esputnik.contact_book import ADDRESSES, TOKENS, Contact
from batchline.sandbox.esputnik.contact_shapes import (
    BULK_CONTACT,
    channel_value,
    contact_item,
    field_id,
)
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import failed, listing
from batchline.sandbox.esputnik.upserts import (
    FIELD_NAMES,
    NotUpsertedError,
    custom_fields,
    find,
    overwrite,
)
from batchline.sandbox.settings import Settings

#: The most contacts of POST /v1/contacts: "from 1 to 3000 contacts in one request".
BATCH_LIMIT = 3000
#: Values of dedupeOn that are no type of a channel.
_OTHER_DEDUPES = ("email_or_sms", "externalCustomerId", "id", "fieldId")

_NAMES = array(text(shortest=1))
_ENVELOPE = record(
    {
        # A wrong contact fails alone.
        "contacts": array(anything, 1, BATCH_LIMIT),
        "dedupeOn": one_of((*ADDRESSES, *TOKENS, *_OTHER_DEDUPES)),
        "fieldId": whole(1),
        "contactFields": array(one_of(FIELD_NAMES)),
        "customFieldsIDs": array(field_id),
        "groupNames": _NAMES,
        "groupNamesExclude": _NAMES,
        "restoreDeleted": flag,
        # "Latin symbols and figures with no spaces"; an eventTypeKey has 100 characters.
        "eventKeyForNewContacts": text(100, shortest=1, pattern="[A-Za-z0-9]+"),
    },
    required=("contacts",),
)


def _shape(value: object) -> str | None:
    problem = _ENVELOPE(value)
    if problem or type(value) is not dict:
        return problem
    if value.get("dedupeOn") == "fieldId" and value.get("fieldId") is None:
        return ".fieldId: not given"
    return None


def _items(data: RequestData) -> list[Item]:
    return [_item(contact) for contact in objects(data.body.get("contacts"))]


def _item(contact: Mapping[str, Any]) -> Item:
    known = contact.get("id")
    return contact_item(contact, str(known) if isinstance(known, int) else "")


def _bulk(request: CheckedRequest) -> Answer:
    """Start an import of contacts, which takes effect after the create delay.

    "Some of them may not be added or updated. The list ... is returned in response 200 in the
    failedContacts field."
    """
    account, body = request.account, request.body
    started = Import(str(uuid.uuid4()), request.now, body, [], [], request.desk.ledger)
    outcomes: list[Outcome] = []
    refused: list[object] = []
    for index, (row, contact) in enumerate(zip(request.rows, body["contacts"], strict=True)):
        problem = (
            "refused by a fault" if index in request.rejected else _problem(account, body, contact)
        )
        outcomes.append(Outcome.REFUSED if problem else Outcome.PENDING)
        if problem:
            identifier = _item(objects([contact])[0]).id
            refused.append(failed(request.desk.settings, contact, identifier, problem))
        else:
            started.contacts.append(contact)
            started.rows.append(row)
    account.imports[started.session] = started
    account.waiting.append(started)
    fields: dict[str, object] = {"asyncSessionId": started.session}
    fields |= {"failedContacts": refused} if refused else {}
    return Answer(listing(request.desk.settings, "failedContacts", fields), outcomes)


def _problem(account: Account, options: JsonObject, contact: object) -> str | None:
    """The reason why the contact cannot be added or updated, as far as it is known at once."""
    problem = BULK_CONTACT(contact)
    if problem or not isinstance(contact, dict):
        return plainly(problem or "")
    if contact.get("externalCustomerId") is None and not _dedupe_value(options, contact):
        return f"{options.get('dedupeOn') or 'channels'}: not given, so it cannot be looked for"
    try:
        _refuse_deleted(account, options, contact)
    except NotUpsertedError as reason:
        return str(reason)
    return None


def _refuse_deleted(account: Account, options: JsonObject, contact: JsonObject) -> None:
    """Raise NotUpsertedError for a deleted contact, and for an unknown id.

    "External id belongs to a deleted contact: skipped unless restoreDeleted."
    """
    known = find(account.contacts, contact, options.get("dedupeOn"), options.get("fieldId"))
    if known is not None and known.deleted and not options.get("restoreDeleted"):
        raise NotUpsertedError("externalCustomerId: its contact is deleted")
    if known is None and options.get("dedupeOn") == "id":
        raise NotUpsertedError("id: unknown")


def _dedupe_value(options: JsonObject, contact: JsonObject) -> str:
    """The value by which the contact is looked for; "" if the contact has none."""
    on = options.get("dedupeOn")
    if on == "id":
        return str(contact.get("id") or "")
    if on == "fieldId":
        return custom_fields(contact).get(options["fieldId"], "")
    kinds = ADDRESSES if on in (None, "email_or_sms") else (str(on),)
    value = "" if on == "externalCustomerId" else channel_value(contact, *kinds)
    return value or contact.get("externalCustomerId") or ""


def run_due(account: Account, settings: Settings, now: float) -> None:
    """Run the imports whose create delay is over by `now` (UNIX seconds), in their order."""
    while account.waiting and account.waiting[0].received + settings.create_delay <= now:
        _run(account, account.waiting.popleft())


def _run(account: Account, due: Import) -> None:
    due.mapping = []
    for row, contact in zip(due.rows, due.contacts, strict=True):
        try:
            contact_id = _upsert(account, due.options, contact)
        except NotUpsertedError:
            due.ledger.set(row, Outcome.REFUSED)
            continue
        value = _dedupe_value(due.options, contact)
        due.mapping.append({"dedupeValue": value, "contactId": contact_id})
        due.ledger.set(row, Outcome.APPLIED)


def _upsert(account: Account, options: JsonObject, contact: JsonObject) -> int:
    """Add or change one contact; returns its id. Raises NotUpsertedError."""
    _refuse_deleted(account, options, contact)
    known = find(account.contacts, contact, options.get("dedupeOn"), options.get("fieldId"))
    changed = known or account.contacts.create()
    custom_ids = [int(each) for each in options.get("customFieldsIDs") or ()]
    overwrite(account.contacts, changed, contact, _names(options, known), custom_ids)
    for name in options.get("groupNames") or ():
        account.segment_named(name).contact_ids.add(changed.id)
    for name in options.get("groupNamesExclude") or ():
        account.segment_named(name).contact_ids.discard(changed.id)
    event_key = options.get("eventKeyForNewContacts")
    if known is None and event_key:
        _emit_new(account, event_key, changed)
    return changed.id


def _names(options: JsonObject, known: Contact | None) -> set[str]:
    """The names of the fields to overwrite: all of a new contact, else those in `contactFields`.

    "The field named by dedupeOn is not itself updated", unless it is empty.
    """
    if known is None:
        return set(FIELD_NAMES)
    on = options.get("dedupeOn")
    kept = ADDRESSES if on == "email_or_sms" else (on,)
    named = set(options.get("contactFields") or FIELD_NAMES)
    return named - {kind for kind in kept if kind and known.address(kind)}


def _emit_new(account: Account, event_key: str, contact: Contact) -> None:
    """Emit the event of a new contact.

    "Email address is used as event key. If it is not sent, a phone number is used."
    """
    email, sms = contact.address("email") or "", contact.address("sms") or ""
    account.emit(event_key, email or sms, contactId=str(contact.id), EmailAddress=email, SMS=sms)


def _status(request: CheckedRequest) -> Answer:
    """The status of an import, and its mapping; half of the create delay as STARTED is ours."""
    known = request.account.imports.get(request.data.path["session"])
    if known is None:
        return request.refuse("no such import", 404)
    fields: dict[str, object] = {"timestamp": datetime.fromtimestamp(request.now, UTC).isoformat()}
    if known.mapping is None:
        begins = known.received + request.desk.settings.create_delay / 2
        fields["status"] = "STARTED" if request.now < begins else "IMPORTING"
    else:
        fields |= {"status": "FINISHED", "mapping": known.mapping}
    return request.accept(listing(request.desk.settings, "mapping", fields))


METHODS = [
    Method(
        "POST",
        "/v1/contacts",
        "contact.upsert",
        _bulk,
        _shape,
        _items,
        batch="contacts",
        judges_items=True,
        guards_repeats=True,
    ),
    Method("GET", "/v1/importstatus/{session}", "import.status", _status),
]
