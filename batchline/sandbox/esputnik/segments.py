"""POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

from collections.abc import Callable

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.checks import Check, all_of, array, identified_by, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.esputnik.contact_book import Contact
from batchline.sandbox.esputnik.methods import UNKNOWN_ID, CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import sentence

#: The most ids of a request: "The maximum number of contacts in one request is 500."
BATCH_LIMIT = 500

#: The names of the ids, of which a request has one: "use only one contact identifier".
_KINDS = ("contactIds", "externalCustomerIds")


def _shape(least: int, required: bool) -> Check:
    fields = record(
        {
            "contactIds": array(whole(1), least, BATCH_LIMIT),
            "externalCustomerIds": array(text(shortest=1), least, BATCH_LIMIT),
        }
    )
    if required:
        return all_of(fields, identified_by(*_KINDS, exactly_one=True))
    return all_of(fields, _at_most_one)


def _at_most_one(value: object) -> str | None:
    both = type(value) is dict and all(value.get(kind) for kind in _KINDS)
    return ".contactIds: only one of contactIds, externalCustomerIds may be given" if both else None


def _ids(body: JsonObject) -> list[int | str]:
    """The ids of the request, of one kind; also of an unchecked one."""
    listed: object = next((body[kind] for kind in _KINDS if body.get(kind)), [])
    return listed if isinstance(listed, list) else []


def _items(data: RequestData) -> list[Item]:
    """The items of a request: an id names the segment and the contact."""
    return [Item(f"{data.path['id']}:{each}", str(each)) for each in _ids(data.body)]


def _contacts(request: CheckedRequest) -> list[Contact | None]:
    book = request.account.contacts
    return [
        book.get(each) if isinstance(each, int) else book.with_external_id(each)
        for each in _ids(request.body)
    ]


def _attach(request: CheckedRequest) -> Answer:
    if request.data.path["id"] == UNKNOWN_ID:
        return request.refuse("no such segment", 404)
    segment, contacts = request.account.segment(request.data.path["id"]), _contacts(request)
    known = [each is not None and not each.deleted for each in contacts]
    segment.contact_ids.update(
        each.id for each, is_known in zip(contacts, known, strict=True) if each and is_known
    )
    outcomes = [Outcome.APPLIED if is_known else Outcome.MISSING for is_known in known]
    return Answer(sentence("Contacts were attached"), outcomes)


def _detach(request: CheckedRequest) -> Answer:
    """Remove contacts: without ids "all contacts will be removed from the segment"."""
    if request.data.path["id"] == UNKNOWN_ID:
        return request.refuse("no such segment", 404)
    segment = request.account.segment(request.data.path["id"])
    ids = {each.id for each in _contacts(request) if each is not None}
    segment.contact_ids -= ids if _ids(request.body) else set(segment.contact_ids)
    return request.accept(sentence("Contacts were detached"))


def _method(
    verb: str, operation: str, handle: Callable[[CheckedRequest], Answer], shape: Check
) -> Method:
    path = f"/v1/group/{{id:int}}/contacts/{verb}"
    return Method("POST", path, operation, handle, shape, _items, batch="contactIds")


METHODS = [
    _method("attach", "segment.attach", _attach, _shape(1, True)),
    _method("detach", "segment.detach", _detach, _shape(0, False)),
]
