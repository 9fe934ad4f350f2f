"""contact/delete, batchDelete, setMainOwner, stopMonitoring and restoreMonitoring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import Check, all_of, array, email, flag, record, text
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.salesmanago.account import Account, Contact, contact_key
from batchline.sandbox.salesmanago.addressees import KINDS, values, values_problem
from batchline.sandbox.salesmanago.auth import INVALID_OWNER
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply
from batchline.sandbox.salesmanago.upserts import adjusted_tag


def _one_of_kinds(kinds: Iterable[str]) -> Check:
    """A check of addresseeType in any case: batchDelete has capitals in its table alone."""
    allowed = frozenset(kinds)

    def check(value: object) -> str | None:
        return None if as_text(value).upper() in allowed else f": not one of {sorted(allowed)}"

    return check


def _each_value(value: object) -> str | None:
    if type(value) is not dict:
        return ": must be an object"
    return values_problem(value, _kind(value))


def _addressed(kinds: Iterable[str], fields: Mapping[str, Check]) -> Check:
    shape = {"addresseeType": _one_of_kinds(kinds), "value": text(255, shortest=1), **fields}
    return array(all_of(record(shape, required=("addresseeType", "value")), _each_value), 1)


def _kind(addressed: Mapping[str, Any]) -> str:
    return as_text(addressed.get("addresseeType")).upper()


_DELETE = body_of({**OWNER, "email": email}, required=("email",))
_BATCH_DELETE = body_of(
    {**OWNER, "contacts": _addressed(KINDS, {"optValue": text(255)})}, required=("contacts",)
)
_SET_OWNER = body_of(
    {**OWNER, "contact": text(255, shortest=1), "newOwner": text(255, shortest=1)},
    required=("contact", "newOwner"),
)
# The samples have `async` and one contact by e-mail; no table describes the contacts' fields.
_MONITORING = body_of(
    {**OWNER, "async": flag, "contacts": _addressed(["EMAIL"], {})}, required=("contacts",)
)


def _named(name: str) -> Callable[[JsonObject], list[Item]]:
    def items(body: JsonObject) -> list[Item]:
        key = contact_key(as_text(body.get(name)))
        return [Item(key, key)]

    return items


def _many(body: JsonObject) -> list[Item]:
    keys = [contact_key(value) for one in objects(body.get("contacts")) for value in values(one)]
    return [Item(key, key) for key in keys]


def _delete(request: CheckedRequest) -> Answer:
    """Delete a contact; the answer about an unknown one is not documented, and here a success."""
    _remove(request.account, [request.account.find(request.body["email"], None)])
    return request.accept(result="Contact deleted")


def _batch_delete(request: CheckedRequest) -> Answer:
    for addressed in request.body["contacts"]:
        _remove(request.account, list(_named_contacts(request.account, addressed)))
    return request.accept(result="Contacts deleted")


def _named_contacts(account: Account, addressed: JsonObject) -> Iterator[Contact | None]:
    """Contacts by address, id or tag; by funnel or stage none, as if no contact were in one."""
    kind = _kind(addressed)
    for value in values(addressed):
        if kind == "EMAIL":
            yield account.find(value, None)
        elif kind == "CONTACT_ID":
            yield account.find(None, value)
        elif kind == "TAG":
            tag = adjusted_tag(value)
            yield from [contact for contact in account.contacts.values() if tag in contact.tags]


def _remove(account: Account, contacts: Iterable[Contact | None]) -> None:
    for contact in contacts:
        if contact is not None:
            account.remove(contact)


def _set_owner(request: CheckedRequest) -> Answer:
    contact = request.account.find(request.body["contact"], None)
    if contact is None:
        return request.refuse("contact: no such contact")
    if request.body["newOwner"] not in request.account.client.owners:
        return request.refuse(f"newOwner: {INVALID_OWNER}")
    contact.owner = request.body["newOwner"]
    return request.accept()


def _monitoring(monitored: bool, message: str) -> Callable[[CheckedRequest], Answer]:
    def handle(request: CheckedRequest) -> Answer:
        for addressed in request.body["contacts"]:
            for contact in _named_contacts(request.account, addressed):
                if contact is not None:
                    contact.monitored = monitored
        accepted = request.accept()
        return Answer(reply(True, message), accepted.outcomes)

    return handle


METHODS = [
    Method("contact/delete", "contact.delete", _DELETE, _delete, _named("email")),
    Method("contact/batchDelete", "contact.delete_many", _BATCH_DELETE, _batch_delete, _many),
    Method("contact/setMainOwner", "contact.set_owner", _SET_OWNER, _set_owner, _named("contact")),
    Method(
        "contact/stopMonitoring",
        "contact.stop_monitoring",
        _MONITORING,
        _monitoring(False, "Contacts have stopped being monitored."),
        _many,
    ),
    Method(
        "contact/restoreMonitoring",
        "contact.restore_monitoring",
        _MONITORING,
        _monitoring(True, "Contacts have restored being monitored."),
        _many,
    ),
]
