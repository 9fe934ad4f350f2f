"""Methods for one contact: /v1/contact, /v1/contact/subscribe, /v1/contact/{id}; the search."""

from __future__ import annotations

import json
from collections.abc import Iterator

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.checks import array, record, text
from batchline.sandbox.contract import Answer, Item, Outcome, Reply
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contact_book import ADDRESS_PARTS, Contact, comparable
from batchline.sandbox.esputnik.contact_shapes import CHANGES, CONTACT, contact_item
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import json_reply, sentence
from batchline.sandbox.esputnik.upserts import find, set_present

#: The most rows of a search: its `maxrows`.
SEARCH_LIMIT = 500
_DELETE_QUERY = {"externalCustomerId", "erase"}
_NAMES = array(text(shortest=1))
_SUBSCRIPTION = record(
    {
        "contact": CONTACT,
        "groups": _NAMES,
        "subscriptions": _NAMES,
        "formType": text(shortest=1),
    },
    required=("contact",),
)


def _items(data: RequestData) -> list[Item]:
    known = data.path.get("id", data.query.get("externalCustomerId", ""))
    return [contact_item(data.body, str(known))]


def _subscribed_items(data: RequestData) -> list[Item]:
    contact = data.body.get("contact")
    return [contact_item(contact if isinstance(contact, dict) else {})]


def _add(request: CheckedRequest) -> Answer:
    """Add or change a contact, without an event.

    "If a contact with the same email address or phone number already exists, it will be updated". A
    removed contact is restored by its externalCustomerId.
    """
    book = request.account.contacts
    contact = find(book, request.body, None) or book.create()
    set_present(book, contact, request.body)
    return request.accept(json_reply({"id": contact.id}))


def _subscribe(request: CheckedRequest) -> Answer:
    """Add or change a contact, with an event.

    "New contacts are created with unconfirmed email addresses". "Event key is contact id in our
    system."
    """
    account, fields = request.account, request.body["contact"]
    known = find(account.contacts, fields, None)
    contact = known or account.contacts.create(confirmed=False)
    set_present(account.contacts, contact, fields)
    for name in request.body.get("groups") or ():
        account.segment_named(name).contact_ids.add(contact.id)
    event_type = "subscribeUpdateFromApi" if known else "subscribeFromApi"
    form_type = request.body.get("formType")
    params = {"ContactId": str(contact.id)}
    email = contact.address("email")
    if email:
        params["EmailAddress"] = email
    full_type = f"{event_type}-{form_type}" if form_type else event_type
    account.emit(full_type, str(contact.id), **params)
    return request.accept(json_reply({"id": contact.id}))


def _update(request: CheckedRequest) -> Answer:
    """Change a contact: "It doesn't allow creating contacts."

    An externalCustomerId of another contact is refused.
    """
    book = request.account.contacts
    contact = book.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    external_id = request.body.get("externalCustomerId")
    owner = book.with_external_id(external_id) if external_id is not None else None
    if owner is not None and owner is not contact:
        return request.refuse("externalCustomerId: another contact has it")
    set_present(book, contact, request.body)
    return request.accept(sentence(f"Contact with id='{contact.id}' has been updated"))


def _delete(request: CheckedRequest) -> Answer:
    contact = request.account.contacts.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    return _deleted(request, contact)


def _delete_by_external_id(request: CheckedRequest) -> Answer:
    """Delete a contact; `erase=true` forgets it, else its externalCustomerId can restore it."""
    query = request.data.query
    external_id, erase = query.get("externalCustomerId"), query.get("erase", "false")
    if not external_id or erase not in ("true", "false") or not query.keys() <= _DELETE_QUERY:
        return request.refuse("externalCustomerId: must be given, and erase is true or false")
    contact = request.account.contacts.with_external_id(external_id)
    if contact is None or (contact.deleted and erase == "false"):
        return _not_found(request, f"externalCustomerId='{external_id}'")
    answer = _deleted(request, contact)
    if erase == "true":
        request.account.contacts.erase(contact)
    return answer


def _deleted(request: CheckedRequest, contact: Contact) -> Answer:
    contact.deleted = True
    for segment in request.account.segments.values():
        segment.contact_ids.discard(contact.id)
    return request.accept(sentence(f"Contact with id='{contact.id}' has been deleted"))


def _not_found(request: CheckedRequest, name: str) -> Answer:
    """The refusal for a missing contact: the vendor's plugin looks for "not found", 404 is ours."""
    text = f"Contact with {name} not found"
    reply = Reply(text.encode(errors="replace"), 404, "text/plain;charset=UTF-8")
    return Answer(reply, [Outcome.REFUSED] * len(request.rows))


def shown(account: Account, contact: Contact) -> JsonObject:
    """The contact in the answer of GET /v1/contact/{id}."""
    fields = contact.fields
    groups = [
        {"id": segment.id, "name": segment.name, "type": "List"}
        for segment in account.segments.values()
        if contact.id in segment.contact_ids
    ]
    answer: JsonObject = {
        "id": contact.id,
        "addressBookId": 1,
        "externalCustomerId": contact.external_id,
        **{name: value for name, value in fields.items() if name not in ADDRESS_PARTS},
        "channels": contact.channels,
        "address": {name: fields[name] for name in ADDRESS_PARTS if name in fields},
        "fields": [{"id": each, "value": value} for each, value in contact.custom.items()],
        "groups": groups,
    }
    return {name: value for name, value in answer.items() if value is not None}


def _get(request: CheckedRequest) -> Answer:
    contact = request.account.contacts.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    return request.accept(json_reply(shown(request.account, contact)))


def _search(request: CheckedRequest) -> Answer:
    """Contacts by part of their address or number too: the search "is not an exact match"."""
    query = request.data.query
    criteria = query.keys() & {"email", "sms", "externalCustomerId"}
    if not criteria or ("externalCustomerId" in criteria and len(criteria) > 1):
        return request.refuse("email and sms, or externalCustomerId alone, must be given")
    first, most = query.get("startindex", "1"), query.get("maxrows", str(SEARCH_LIMIT))
    if not (first.isdecimal() and most.isdecimal() and 0 < int(most) <= SEARCH_LIMIT):
        return request.refuse(f"startindex and maxrows: numbers, maxrows at most {SEARCH_LIMIT}")
    matches = [shown(request.account, each) for each in _matching(request)]
    page = matches[max(int(first) - 1, 0) :][: int(most)]
    reply = Reply(json.dumps(page).encode(), headers=(("totalcount", str(len(matches))),))
    return request.accept(reply)


def _matching(request: CheckedRequest) -> Iterator[Contact]:
    query = request.data.query
    wanted = {kind: comparable(kind, query[kind]) for kind in ("email", "sms") if kind in query}
    for contact in request.account.contacts:
        external = query.get("externalCustomerId", contact.external_id)
        if external == contact.external_id and all(
            value in comparable(kind, contact.address(kind) or "") for kind, value in wanted.items()
        ):
            yield contact


_ONE = "/v1/contact/{id:int}"
METHODS = [
    Method("POST", "/v1/contact", "contact.upsert_one", _add, CONTACT, _items, guards_repeats=True),
    Method(
        "POST",
        "/v1/contact/subscribe",
        "contact.subscribe",
        _subscribe,
        _SUBSCRIPTION,
        _subscribed_items,
    ),
    Method("PUT", _ONE, "contact.update", _update, CHANGES, _items),
    Method("DELETE", _ONE, "contact.delete", _delete, items=_items),
    Method("DELETE", "/v1/contact", "contact.delete", _delete_by_external_id, items=_items),
    Method("GET", _ONE, "contact.get", _get),
    Method("GET", "/v1/contacts", "contact.search", _search),
]
