"""POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

from collections.abc import Callable

from batchline.sandbox.checks import Check, array, record, whole
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.esputnik.methods import UNKNOWN_ID, CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import sentence

#: The most contactIds of a request: "The maximum number of contacts in one request is 500."
BATCH_LIMIT = 500

# No document shows the name of the field with externalCustomerIds, so there is none.
_ATTACH = record({"contactIds": array(whole(1), 1, BATCH_LIMIT)}, required=("contactIds",))
_DETACH = record({"contactIds": array(whole(1), 0, BATCH_LIMIT)})


def _items(data: RequestData) -> list[Item]:
    """The items of a request: an id names the segment and the contact."""
    listed = data.body.get("contactIds")
    ids = map(str, listed) if isinstance(listed, list) else ()
    return [Item(f"{data.path['id']}:{each}", each) for each in ids]


def _attach(request: CheckedRequest) -> Answer:
    if request.data.path["id"] == UNKNOWN_ID:
        return request.refuse("no such segment", 404)
    segment, ids = request.account.segment(request.data.path["id"]), request.body["contactIds"]
    known = [request.account.contacts.get(each) is not None for each in ids]
    segment.contact_ids.update(each for each, is_known in zip(ids, known, strict=True) if is_known)
    outcomes = [Outcome.APPLIED if is_known else Outcome.MISSING for is_known in known]
    return Answer(sentence("Contacts were attached"), outcomes)


def _detach(request: CheckedRequest) -> Answer:
    """Remove contacts: without ids "all contacts will be removed from the segment"."""
    if request.data.path["id"] == UNKNOWN_ID:
        return request.refuse("no such segment", 404)
    segment, ids = request.account.segment(request.data.path["id"]), request.body.get("contactIds")
    segment.contact_ids -= set(ids or segment.contact_ids)
    return request.accept(sentence("Contacts were detached"))


def _method(
    verb: str, operation: str, handle: Callable[[CheckedRequest], Answer], shape: Check
) -> Method:
    path = f"/v1/group/{{id:int}}/contacts/{verb}"
    return Method("POST", path, operation, handle, shape, _items, batch="contactIds")


METHODS = [
    _method("attach", "segment.attach", _attach, _ATTACH),
    _method("detach", "segment.detach", _detach, _DETACH),
]
