"""contact/upsert, contact/batchupsertv2, contact/hasContact, contact/list, contact/listById."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.salesmanago import contact_shapes, jobs
from batchline.sandbox.salesmanago.account import contact_key, identifiers
from batchline.sandbox.salesmanago.contact_views import exported
from batchline.sandbox.salesmanago.methods import CheckedRequest, Method, reply
from batchline.sandbox.salesmanago.upserts import InvalidContactError, refuse_invalid, upsert


def contact_item(contact: Mapping[str, Any]) -> Item:
    """The item of a contact: its id is the address in lower case, else the contactId."""
    key = contact_key(as_text(contact.get("email"))) or as_text(contact.get("contactId"))
    return Item(key, key)


def _one(body: JsonObject) -> list[Item]:
    contact = body.get("contact")
    return [contact_item(contact if isinstance(contact, dict) else {})]


def _many(body: JsonObject) -> list[Item]:
    return [item for detail in objects(body.get("upsertDetails")) for item in _one(dict(detail))]


def _upsert(request: CheckedRequest) -> Answer:
    """Add or change a contact, by default asynchronously.

    "async ... you will receive the contactId value immediately, while the Contact data will be
    updated with a slight delay."
    """
    body, account = request.body, request.account
    email, contact_id = identifiers(body["contact"])
    known = account.find(email, contact_id)
    double_opt_in = bool(body.get("useApiDoubleOptIn"))
    try:
        refuse_invalid(account, body, known)
        if body.get("async") is False:
            known = upsert(account, body, double_opt_in, request.now)
    except InvalidContactError as reason:
        return request.refuse(f"contact: {reason}")
    outcome = Outcome.APPLIED
    if body.get("async") is not False:
        jobs.enqueue(request, [body], double_opt_in, request_id=None)
        outcome = Outcome.PENDING
    contact_id = known.id if known else account.contact_id(str(email))
    external_id = body["contact"].get("externalId")
    return Answer(reply(True, contactId=contact_id, externalId=external_id), [outcome])


def _batch_upsert(request: CheckedRequest) -> Answer:
    """Start a job, which takes effect after the create delay; its file has the results."""
    double_opt_in = request.body.get("useApiDoubleOptIn")
    request_id = jobs.next_request_id(request.account)
    jobs.enqueue(
        request,
        request.body["upsertDetails"],
        double_opt_in=True if double_opt_in is None else double_opt_in,
        request_id=request_id,
    )
    accepted = reply(True, "Batch upsert added to execute.", requestId=request_id)
    return Answer(accepted, [Outcome.PENDING] * len(request.rows))


def _has_contact(request: CheckedRequest) -> Answer:
    contact = request.account.find(request.body["email"], None)
    return request.accept(result=contact is not None, contactId=contact.id if contact else None)


def _list(request: CheckedRequest) -> Answer:
    """Export contacts by address; unknown addresses are left out."""
    known = (request.account.find(email, None) for email in dict.fromkeys(request.body["email"]))
    return request.accept(
        contacts=[exported(request.account, contact) for contact in known if contact]
    )


def _list_by_id(request: CheckedRequest) -> Answer:
    known = (request.account.find(None, id_) for id_ in dict.fromkeys(request.body["contactId"]))
    return request.accept(
        contacts=[exported(request.account, contact) for contact in known if contact]
    )


METHODS = [
    Method("contact/upsert", "contact.upsert", contact_shapes.UPSERT, _upsert, _one),
    Method(
        "contact/batchupsertv2",
        "contact.upsert",
        contact_shapes.BATCH_UPSERT,
        _batch_upsert,
        _many,
        batch="upsertDetails",
    ),
    Method("contact/hasContact", "contact.has", contact_shapes.HAS_CONTACT, _has_contact),
    Method("contact/list", "contact.list", contact_shapes.LIST, _list),
    Method("contact/listById", "contact.list", contact_shapes.LIST_BY_ID, _list_by_id),
]
