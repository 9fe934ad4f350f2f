"""Mobile pushes: mobile/push/send and sendCustom, and sendMass(Custom) for equal ones to many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import Item, Request
from batchline.systems.planning import cut, grouped, one_by_one, waves
from batchline.systems.salesmanago.addressees import addressees

#: operation -> the path for one contact, or for an addressee list of the caller's own.
PATHS = {
    "push.send": "/api/mobile/push/send",
    "push.send_custom": "/api/mobile/push/sendCustom",
    "push.send_mass": "/api/mobile/push/sendMass",
    "push.send_mass_custom": "/api/mobile/push/sendMassCustom",
}
#: operation -> the path for many contacts.
MASS_PATHS = {
    "push.send": "/api/mobile/push/sendMass",
    "push.send_custom": "/api/mobile/push/sendMassCustom",
}
#: What sendMassCustom requires beyond sendCustom. It knows no `pushId`, which sendCustom's
#: sample carries: a push with one goes alone.
MASS_CUSTOM_NEEDS = ("content", "imageUrl")
#: The identifier of the contact -> addresseeType of sendMass.
ADDRESSEE_TYPES = {"email": "EMAIL", "contactId": "CONTACT_ID", "userId": "USER_ID"}


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One mass call per equal content; the same contact is never twice in one."""
    return [
        list(_requests(wave, operation, settings))
        for wave in waves(items, lambda item: [item.contact])
    ]


def plan_mass(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """A call for each, in order."""
    return [[request] for request in one_by_one(items, operation, PATHS[operation])]


def _requests(
    wave: Sequence[Item], operation: str, settings: EffectiveOperation
) -> Iterator[Request]:
    for group in grouped(wave, _content):
        if len(group) > 1 and _fits_mass(operation, group[0]):
            for run in cut(group, settings):
                yield Request(operation, MASS_PATHS[operation], run)
        else:
            yield from one_by_one(group, operation, PATHS[operation])


def _content(item: Item) -> str:
    """What the push says, without whom it says it to."""
    return json.dumps(split(item.payload)[0], sort_keys=True)


def _fits_mass(operation: str, item: Item) -> bool:
    if operation == "push.send":
        return True
    content = split(item.payload)[0]
    return all(content.get(field) for field in MASS_CUSTOM_NEEDS) and "pushId" not in content


def split(payload: bytes) -> tuple[dict[str, Any], tuple[str, str]]:
    """A push's content, and its addressee as (field, value)."""
    content: dict[str, Any] = json.loads(payload)
    field = next(name for name in ADDRESSEE_TYPES if content.get(name))
    return content, (field, str(content.pop(field)))


def mass_fields(items: Sequence[Item], now: int) -> dict[str, Any]:
    """The fields of sendMass(Custom) for these equal pushes; `date` (UNIX ms) is now: at once."""
    content = split(items[0].payload)[0]
    named = [split(item.payload)[1] for item in items]
    pairs = [(ADDRESSEE_TYPES[field], value) for field, value in named]
    return {**content, "date": now, "contacts": list(addressees(pairs))}
