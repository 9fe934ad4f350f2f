"""Contacts: their values, events, tags, funnels, the union of two, and their information."""

from __future__ import annotations

import hashlib
import json

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import Check, email, record, text
from batchline.sandbox.contract import Item, ours
from batchline.sandbox.smartsender.methods import (
    DONE,
    ApiError,
    CheckedRequest,
    Method,
    RequestData,
)
from batchline.sandbox.smartsender.project import SYSTEM_FIELDS, Contact

#: A phone number, "+E.164".
phone = text(shortest=1, pattern=r"\+[1-9][0-9]{1,14}")
_NAME = text(shortest=1)
_FIELDS: dict[str, Check] = {**dict.fromkeys(SYSTEM_FIELDS, _NAME), "email": email, "phone": phone}


def key_value(value: object) -> str | None:
    """A check: an object with any fields."""
    return None if type(value) is dict else ": must be an object"


def set_values(contact: Contact, values: JsonObject) -> None:
    """Set the contact's values, except invalid ones; null clears a value.

    "If an invalid value is specified for a field update, the field will be skipped and the rest of
    the update will be processed."
    """
    for name, value in values.items():
        if value is None:
            contact.fields.pop(name, None)
            contact.variables.pop(name, None)
            continue
        check = _FIELDS.get(name)
        if check is None and isinstance(value, str | int | float):
            contact.variables[name] = value
        elif check is not None and check(value) is None:
            contact.fields[name] = value


def _update_item(data: RequestData) -> Item:
    """The item of an update: its id is a digest of the values."""
    text = json.dumps(data.body.get("values"), sort_keys=True)
    return data.item(hashlib.sha256(text.encode()).hexdigest()[:12])


def _update(request: CheckedRequest) -> JsonObject:
    set_values(request.contact(), request.data.body["values"])
    return DONE


def _fire(request: CheckedRequest) -> JsonObject:
    """Start an event of any name: no document describes an unknown event."""
    fired = {"contact": request.contact().id, "name": request.data.body["name"]}
    request.project.fired.append(fired)
    return DONE


def _unite(request: CheckedRequest) -> JsonObject:
    """Unite two contacts; the target is deleted.

    "All tags, funnels, variables will be synchronized in favor of {contactId}, and all missing
    values will be taken from {targetContactId}."
    """
    contact, target = request.contact(), request.contact("target")
    if contact is target:
        raise ApiError(400, ours("target: the contact itself"))
    contact.fields = target.fields | contact.fields
    contact.variables = target.variables | contact.variables
    contact.tags = list(dict.fromkeys([*contact.tags, *target.tags]))
    contact.funnels = list(dict.fromkeys([*contact.funnels, *target.funnels]))
    contact.gates |= target.gates
    request.project.drop(target.id)
    return DONE


def _add_tag(request: CheckedRequest) -> JsonObject:
    return _add(request.contact().tags, request.known("tag"))


def _remove_tag(request: CheckedRequest) -> JsonObject:
    return _remove(request.contact().tags, request.known("tag"))


def _add_funnel(request: CheckedRequest) -> JsonObject:
    return _add(request.contact().funnels, request.known("funnel"))


def _remove_funnel(request: CheckedRequest) -> JsonObject:
    return _remove(request.contact().funnels, request.known("funnel"))


def _add(ids: list[str], new: str) -> JsonObject:
    if new not in ids:
        ids.append(new)
    return DONE


def _remove(ids: list[str], old: str) -> JsonObject:
    if old in ids:
        ids.remove(old)
    return DONE


def _info(request: CheckedRequest) -> JsonObject:
    """The contact; its tags are objects, as a public client reads them."""
    contact = request.contact()
    return {**contact.shown(), "tags": [_tag(one) for one in contact.tags]}


def _search(request: CheckedRequest) -> JsonObject:
    """A page of the contacts in whose fields the term stands."""
    term = request.data.query.get("term", "").lower()
    if not term:
        raise ApiError(400, ours("term: empty"))
    return request.page_of(
        [
            one.shown()
            for one in request.project.contacts()
            if any(term in str(value).lower() for value in one.fields.values())
        ]
    )


def _gates(request: CheckedRequest) -> JsonObject:
    contact = request.contact()
    return request.page_of(
        [gate for gate in request.project.gates.values() if gate["id"] in contact.gates]
    )


def _list(request: CheckedRequest) -> JsonObject:
    return request.page_of([one.shown() for one in request.project.contacts()])


def _tags(request: CheckedRequest) -> JsonObject:
    return request.page_of([_tag(one) for one in request.contact().tags])


def _tag(tag_id: str) -> JsonObject:
    return {"id": tag_id, "name": f"TAG {tag_id}", "color": "808080"}


def _me(request: CheckedRequest) -> JsonObject:
    return {"id": 1, "name": ours("project")}


_TAG, _FUNNEL = "/contacts/{contact}/tags/{tag}", "/contacts/{contact}/funnels/{funnel}"


def _tag_item(data: RequestData) -> Item:
    return data.item(data.path["tag"])


def _funnel_item(data: RequestData) -> Item:
    return data.item(data.path["funnel"])


METHODS = [
    Method("GET", "/me", "project.get", _me),
    Method("GET", "/contacts", "contact.list", _list),
    Method("GET", "/contacts/search", "contact.search", _search),
    Method("GET", "/contacts/{contact}/gates", "contact.gates", _gates),
    Method("GET", "/contacts/{contact}/info", "contact.get", _info),
    Method("GET", "/contacts/{contact}/tags", "tag.list", _tags),
    Method(
        "PUT",
        "/contacts/{contact}",
        "contact.update",
        _update,
        record({"values": key_value}, required=("values",)),
        _update_item,
    ),
    Method(
        "POST",
        "/contacts/{contact}/fire",
        "event.fire",
        _fire,
        record({"name": _NAME}, required=("name",)),
        lambda data: data.item(as_text(data.body.get("name"))),
    ),
    Method(
        "POST",
        "/contacts/{contact}/unite/{target}",
        "contact.unite",
        _unite,
        item=lambda data: data.item(data.path["target"]),
    ),
    Method("POST", _TAG, "tag.add", _add_tag, item=_tag_item),
    Method("DELETE", _TAG, "tag.remove", _remove_tag, item=_tag_item),
    Method("POST", _FUNNEL, "funnel.add_contact", _add_funnel, item=_funnel_item),
    Method("DELETE", _FUNNEL, "funnel.remove_contact", _remove_funnel, item=_funnel_item),
]
