"""Sales funnels: funnel/add, funnel/addContact and funnel/delete, in one lane."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.columns import Item
from batchline.systems.operation import Operation
from batchline.systems.requests import Request
from batchline.systems.salesmanago import many
from batchline.systems.salesmanago.addressees import NAMED, values
from batchline.systems.salesmanago.endpoints import endpoint, with_user
from batchline.systems.salesmanago.messages.funnels import (
    FunnelAddition,
    FunnelDeletion,
    FunnelEntry,
)
from batchline.systems.verdicts import Ambiguous, ContactMissing, Dead, Judged, Refused

UNKNOWN = Ambiguous("the answer has no addedContacts")


def _judge_entry(request: Request, answer: dict[str, Any]) -> Judged | Refused:
    """Judge `addedContacts`: contactId -> whether it was added; missing contacts are not in it.

    It does not hold e-mail addresses. If a request has addresses of several messages and not all
    contacts were added, it counts as refused: its halves are sent again until each message has an
    answer of its own. To add a contact again changes nothing in the funnel; the documents do not
    describe the answer, which counts for the message.
    """
    added = answer.get("addedContacts")
    if not isinstance(added, dict):
        return Judged(dict.fromkeys(range(len(request.items)), UNKNOWN))
    by_id = {contact_id.lower(): is_added for contact_id, is_added in added.items()}
    contacts = [_contacts(item) for item in request.items]
    if all(kind == "CONTACT_ID" for own in contacts for kind, _ in own):
        verdicts = [_verdict(_of_contacts(own, by_id), len(own)) for own in contacts]
        return Judged({index: verdict for index, verdict in enumerate(verdicts) if verdict})
    all_contacts = set().union(*contacts)
    are_named = all(kind in NAMED for kind, _ in all_contacts)
    verdict = _verdict(by_id, len(all_contacts) if are_named else 0)
    if verdict is None:
        return Judged()
    return Judged({0: verdict}) if len(request.items) == 1 else Refused(verdict.detail)


def _contacts(item: Item) -> set[tuple[str, str]]:
    """The item's contacts as (addresseeType, value in lower case)."""
    elements = json.loads(item.payload)["contacts"]
    return {(one["addresseeType"], value.lower()) for one in elements for value in values(one)}


def _of_contacts(contacts: set[tuple[str, str]], added: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `added` that is about these contactIds."""
    ids = {value for _, value in contacts}
    return {contact_id: is_added for contact_id, is_added in added.items() if contact_id in ids}


def _verdict(added: Mapping[str, Any], wanted: int) -> Dead | ContactMissing | None:
    """The verdict for `wanted` contacts, of contactId -> whether it was added; None: all were."""
    refused = [contact_id for contact_id, is_added in added.items() if is_added is not True]
    if refused:
        return Dead("rejected", shorten(f"addedContacts: not true for {', '.join(refused)}"))
    if len(added) < wanted:
        return ContactMissing("addedContacts has fewer contacts than were named")
    return None


ADD = endpoint("/api/funnel/add", with_user("owner"), many.body)
ADD_CONTACT = endpoint("/api/funnel/addContact", with_user("owner"), many.body, _judge_entry)
DELETE = endpoint("/api/funnel/delete", with_user("owner"), many.body)

OPERATIONS = (
    Operation(
        message=FunnelAddition,
        linger=1.0,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one funnel/add each",
        idempotent=False,
        endpoints=(ADD,),
        plan=many.plan(
            {
                FunnelAddition.operation: ADD,
                FunnelEntry.operation: ADD_CONTACT,
                FunnelDeletion.operation: DELETE,
            }
        ),
    ),
    Operation(
        message=FunnelEntry,
        linger=1.0,
        batch_size=200,
        largest_batch=1000,
        ambiguous="resend",
        batching="one funnel/addContact for all contacts of one stage and owner",
        idempotent=True,
        endpoints=(ADD_CONTACT,),
    ),
    Operation(
        message=FunnelDeletion,
        linger=1.0,
        batch_size=200,
        largest_batch=1000,
        ambiguous="resend",
        batching="one funnel/delete each",
        idempotent=True,
        endpoints=(DELETE,),
    ),
)
