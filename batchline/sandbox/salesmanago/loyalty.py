"""loyalty/program/v1/addContact, removeContact and modifyPoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import Check, array, one_of, text, whole
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import contact_key
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply

#: Names of programs that are refused with the vendor's own texts; every other program exists.
UNKNOWN_PROGRAM = "unknown"
INACTIVE_PROGRAM = "inactive"
_REFUSED = {
    UNKNOWN_PROGRAM: "Specified loyalty program does not exist",
    INACTIVE_PROGRAM: "Specified loyalty program is inactive",
}

# "in accordance to other API methods with addresseeType"; the samples write "email".
_CONTACTS = addressees.addressees(
    addressees.in_any_case(addressees.KINDS), {"optValue": text(255, shortest=1)}
)
_PROGRAM: dict[str, Check] = {
    **OWNER,
    "contacts": array(_CONTACTS, 1),
    "loyaltyProgram": text(255, shortest=1),
}
_REQUIRED = ("contacts", "loyaltyProgram")
_MEMBERS = body_of(_PROGRAM, _REQUIRED)
_POINTS = body_of(
    {
        **_PROGRAM,
        "points": whole(1),
        "modificationType": one_of(("ADD", "SUBTRACT")),
        "comment": text(255),
    },
    (*_REQUIRED, "points", "modificationType"),
)


def _items(body: JsonObject) -> list[Item]:
    return addressees.items(body, as_text(body.get("loyaltyProgram")))


def _changed(
    change: Callable[[CheckedRequest, dict[str, int], str], None],
) -> Callable[[CheckedRequest], Answer]:
    """A handler that applies the change to each contact; no failure of one is documented."""

    def handle(request: CheckedRequest) -> Answer:
        program = request.body["loyaltyProgram"]
        if program in _REFUSED:
            refused = request.refuse("")
            return Answer(reply(False, _REFUSED[program]), refused.outcomes)
        balances = request.account.programs.setdefault(program, {})
        for contact in dict.fromkeys(_keys(request)):
            change(request, balances, contact)
        return request.accept()

    return handle


def _keys(request: CheckedRequest) -> Iterator[str]:
    """The contacts' keys, also of unknown addresses."""
    for element in objects(request.body["contacts"]):
        is_email = element["addresseeType"].upper() == "EMAIL"
        for value, contacts in addressees.with_contacts(request.account, [element]):
            yield from (
                [contact_key(value)]
                if is_email
                else (contact_key(contact.email) for contact in contacts)
            )


def _add(request: CheckedRequest, balances: dict[str, int], contact: str) -> None:
    balances.setdefault(contact, 0)


def _remove(request: CheckedRequest, balances: dict[str, int], contact: str) -> None:
    balances.pop(contact, None)


def _modify(request: CheckedRequest, balances: dict[str, int], contact: str) -> None:
    """Add or subtract the points; a contact that occurs twice in a request counts once."""
    sign = 1 if request.body["modificationType"] == "ADD" else -1
    balances[contact] = balances.get(contact, 0) + sign * request.body["points"]


METHODS = [
    Method(f"loyalty/program/v1/{name}", f"loyalty.{verb}", shape, _changed(change), _items)
    for name, verb, shape, change in (
        ("addContact", "add_contact", _MEMBERS, _add),
        ("removeContact", "remove_contact", _MEMBERS, _remove),
        ("modifyPoints", "modify_points", _POINTS, _modify),
    )
]
