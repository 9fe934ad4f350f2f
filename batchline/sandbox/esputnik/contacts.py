"""One contact at a time: /v1/contact, /v1/contact/subscribe, /v1/contact/{id}; and the search."""

from __future__ import annotations

import json
from collections.abc import Iterator

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.checks import array, record, text
from batchline.sandbox.contract import Answer, Item, Reply
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contact_book import ADDRESS_PARTS, Contact, comparable
from batchline.sandbox.esputnik.contact_shapes import CHANGES, CONTACT, contact_item
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import answered, sentence
from batchline.sandbox.esputnik.upserts import find, set_given

#: `maxrows` of the search.
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
    """ "If a contact with the same email address or phone number already exists, it will be
    updated"; one that was removed is restored by its externalCustomerId. No event."""
    book = request.account.contacts
    contact = find(book, request.body, None) or book.create()
    set_given(book, contact, request.body)
    return request.accept(answered({"id": contact.id}))


def _subscribe(request: CheckedRequest) -> Answer:
    """ "New contacts are created with unconfirmed email addresses", and there is an event of each
    call. "Event key is contact id in our system." """
    account, said = request.account, request.body["contact"]
    found = find(account.contacts, said, None)
    contact = found or account.contacts.create(confirmed=False)
    set_given(account.contacts, contact, said)
    for name in request.body.get("groups") or ():
        account.segment_named(name).contact_ids.add(contact.id)
    event_type = "subscribeUpdateFromApi" if found else "subscribeFromApi"
    form_type = request.body.get("formType")
    params = {"ContactId": str(contact.id)}
    email = contact.address("email")
    if email:
        params["EmailAddress"] = email
    named = f"{event_type}-{form_type}" if form_type else event_type
    account.emit(named, str(contact.id), **params)
    return request.accept(answered({"id": contact.id}))


def _update(request: CheckedRequest) -> Answer:
    """ "It doesn't allow creating contacts." An externalCustomerId of another contact is an
    error."""
    book = request.account.contacts
    contact = book.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    external_id = request.body.get("externalCustomerId")
    owner = book.with_external_id(external_id) if external_id is not None else None
    if owner is not None and owner is not contact:
        return request.refuse("externalCustomerId: another contact has it")
    set_given(book, contact, request.body)
    return request.accept(sentence(f"Contact with id='{contact.id}' has been updated"))


def _delete(request: CheckedRequest) -> Answer:
    contact = request.account.contacts.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    return _deleted(request, contact)


def _delete_by_external_id(request: CheckedRequest) -> Answer:
    """`erase=true` forgets the contact; without, its externalCustomerId can restore it."""
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


def _not_found(request: CheckedRequest, named: str) -> Answer:
    """The official plugin looks for "not found" in the words; the status is ours."""
    return request.refuse(f"Contact with {named} not found", 404)


def shown(account: Account, contact: Contact) -> JsonObject:
    """A contact as GET /v1/contact/{id} answers it."""
    fields = contact.fields
    groups = [
        {"id": segment.id, "name": segment.name, "type": "List"}
        for segment in account.segments.values()
        if contact.id in segment.contact_ids
    ]
    found: JsonObject = {
        "id": contact.id,
        "addressBookId": 1,
        "externalCustomerId": contact.external_id,
        **{name: value for name, value in fields.items() if name not in ADDRESS_PARTS},
        "channels": contact.channels,
        "address": {name: fields[name] for name in ADDRESS_PARTS if name in fields},
        "fields": [{"id": each, "value": value} for each, value in contact.custom.items()],
        "groups": groups,
    }
    return {name: value for name, value in found.items() if value is not None}


def _get(request: CheckedRequest) -> Answer:
    contact = request.account.contacts.get(request.data.path["id"])
    if contact is None:
        return _not_found(request, f"id='{request.data.path['id']}'")
    return request.accept(answered(shown(request.account, contact)))


def _search(request: CheckedRequest) -> Answer:
    """Addresses that contain what is looked for are found too: it "is not an exact match"."""
    query = request.data.query
    criteria = query.keys() & {"email", "sms", "externalCustomerId"}
    if not criteria or ("externalCustomerId" in criteria and len(criteria) > 1):
        return request.refuse("email and sms, or externalCustomerId alone, must be given")
    first, most = query.get("startindex", "1"), query.get("maxrows", str(SEARCH_LIMIT))
    if not (first.isdecimal() and most.isdecimal() and 0 < int(most) <= SEARCH_LIMIT):
        return request.refuse(f"startindex and maxrows: numbers, maxrows at most {SEARCH_LIMIT}")
    found = [shown(request.account, each) for each in _matching(request)]
    page = found[max(int(first) - 1, 0) :][: int(most)]
    reply = Reply(json.dumps(page).encode(), headers=(("totalcount", str(len(found))),))
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
