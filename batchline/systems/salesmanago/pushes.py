"""Mobile pushes: mobile/push/send and sendCustom, and sendMass(Custom) for equal pushes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, cut, grouped, one_by_one, waves
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.addressees import addressees
from batchline.systems.salesmanago.endpoints import endpoint, no_content
from batchline.systems.salesmanago.messages.pushes import (
    CustomMassPush,
    CustomPush,
    MassPush,
    Push,
)

#: Fields that sendMassCustom requires and sendCustom does not. sendMassCustom has no `pushId`,
#: which sendCustom's sample has: a push with a `pushId` goes alone.
MASS_CUSTOM_NEEDS = ("content", "imageUrl")
#: What a mass call costs, for people: its answer has `success` and `message`, and no contacts.
UNSEEN = (
    "a mass call's answer hides the failures of single contacts: `join_equal_pushes = false` sends "
    "each alone"
)
#: The field with the contact's identifier -> addresseeType of sendMass.
ADDRESSEE_TYPES = {"email": "EMAIL", "contactId": "CONTACT_ID", "userId": "USER_ID"}


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """One mass call for all pushes of equal content; each contact occurs in it once.

    Its answer names no contact, so the failure of one is not seen. With `join_equal_pushes = false`
    every push has a call of its own.
    """
    joins = account.join_equal_pushes
    return [list(_requests(wave, settings, joins)) for wave in waves(items, by_contact)]


def _plan_mass(endpoint: Endpoint) -> Any:
    """A plan: a call for each push, in order."""

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
    ) -> list[list[Request]]:
        return [[request] for request in one_by_one(items, endpoint)]

    return plan


def _requests(wave: Sequence[Item], settings: EffectiveOperation, joins: bool) -> Iterator[Request]:
    for group in grouped(wave, _content):
        operation = group[0].operation
        if joins and len(group) > 1 and _fits_mass(operation, group[0]):
            yield from map(_TO_MANY[operation].request, cut(group, settings))
        else:
            yield from one_by_one(group, _TO_ONE[operation])


def _content(item: Item) -> str:
    """The push's content without its addressee: equal for pushes of one mass call."""
    return json.dumps(split(item.payload)[0], sort_keys=True)


def _fits_mass(operation: str, item: Item) -> bool:
    """Whether the mass method takes the push's content."""
    if operation == "push.send":
        return True
    content = split(item.payload)[0]
    return all(content.get(field) for field in MASS_CUSTOM_NEEDS) and "pushId" not in content


def split(payload: bytes) -> tuple[dict[str, Any], tuple[str, str]]:
    """A push's content, and its addressee as (field, value)."""
    content: dict[str, Any] = json.loads(payload)
    field = next(name for name in ADDRESSEE_TYPES if content.get(name))
    return content, (field, str(content.pop(field)))


def _mass_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The fields of sendMass(Custom) for equal pushes, which `date` (UNIX ms) sends now."""
    content = split(request.items[0].payload)[0]
    contacts = [split(item.payload)[1] for item in request.items]
    pairs = [(ADDRESSEE_TYPES[field], value) for field, value in contacts]
    return {**content, "date": now, "contacts": addressees(pairs)}


SEND = endpoint("/api/mobile/push/send")
SEND_CUSTOM = endpoint("/api/mobile/push/sendCustom")
SEND_MASS = endpoint("/api/mobile/push/sendMass")
SEND_MASS_CUSTOM = endpoint("/api/mobile/push/sendMassCustom")
#: sendMass and sendMassCustom for equal pushes to one contact each.
COALESCED = endpoint("/api/mobile/push/sendMass", _mass_fields, no_content)
COALESCED_CUSTOM = endpoint("/api/mobile/push/sendMassCustom", _mass_fields, no_content)

_TO_ONE: Mapping[str, Endpoint] = {Push.operation: SEND, CustomPush.operation: SEND_CUSTOM}
_TO_MANY: Mapping[str, Endpoint] = {
    Push.operation: COALESCED,
    CustomPush.operation: COALESCED_CUSTOM,
}

OPERATIONS = (
    Operation(
        message=Push,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching=f"equal pushes as one mobile/push/sendMass, others as mobile/push/send; {UNSEEN}",
        idempotent=False,
        endpoints=(COALESCED, SEND),
        plan=plan,
    ),
    Operation(
        message=CustomPush,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="equal pushes with content and image as one sendMassCustom, others as sendCustom; "
        f"{UNSEEN}",
        idempotent=False,
        endpoints=(COALESCED_CUSTOM, SEND_CUSTOM),
        plan=plan,
    ),
    Operation(
        message=MassPush,
        linger=0.1,
        batch_size=20,
        largest_batch=100,
        ambiguous="hold",
        batching="one sendMass each",
        idempotent=False,
        endpoints=(SEND_MASS,),
        plan=_plan_mass(SEND_MASS),
    ),
    Operation(
        message=CustomMassPush,
        linger=0.1,
        batch_size=20,
        largest_batch=100,
        ambiguous="hold",
        batching="one sendMassCustom each",
        idempotent=False,
        endpoints=(SEND_MASS_CUSTOM,),
        plan=_plan_mass(SEND_MASS_CUSTOM),
    ),
)
