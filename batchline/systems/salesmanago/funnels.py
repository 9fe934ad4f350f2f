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
from batchline.systems.salesmanago.addressees import values
from batchline.systems.salesmanago.endpoints import endpoint, with_user
from batchline.systems.salesmanago.many import NAMED
from batchline.systems.salesmanago.messages.funnels import (
    FunnelAddition,
    FunnelDeletion,
    FunnelEntry,
)
from batchline.systems.verdicts import Ambiguous, ContactMissing, Dead, Judged, Refused

UNKNOWN = Ambiguous("the answer has no addedContacts")


def _judge_entry(request: Request, answer: dict[str, Any]) -> Judged | Refused:
    """`addedContacts` says true or false for each contactId, and nothing of missing contacts.

    Addresses are not in it. Where they are several messages' and not all were added, the request
    counts as refused: its halves are sent again, until each message has an answer of its own. That
    those which were added are added again changes nothing in the funnel; what the API then says of
    them is not documented, and counts as well.
    """
    added = answer.get("addedContacts")
    if not isinstance(added, dict):
        return Judged(dict.fromkeys(range(len(request.items)), UNKNOWN))
    said = {contact_id.lower(): is_added for contact_id, is_added in added.items()}
    contacts = [_contacts(item) for item in request.items]
    if all(kind == "CONTACT_ID" for own in contacts for kind, _ in own):
        found = [_verdict(_about(own, said), len(own)) for own in contacts]
        return Judged({index: verdict for index, verdict in enumerate(found) if verdict})
    everybody = set().union(*contacts)
    are_named = all(kind in NAMED for kind, _ in everybody)
    verdict = _verdict(said, len(everybody) if are_named else 0)
    if verdict is None:
        return Judged()
    return Judged({0: verdict}) if len(request.items) == 1 else Refused(verdict.detail)


def _contacts(item: Item) -> set[tuple[str, str]]:
    """The contacts as (addresseeType, value in lower case)."""
    elements = json.loads(item.payload)["contacts"]
    return {(one["addresseeType"], value.lower()) for one in elements for value in values(one)}


def _about(contacts: set[tuple[str, str]], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of these contactIds."""
    ids = {value for _, value in contacts}
    return {contact_id: is_added for contact_id, is_added in said.items() if contact_id in ids}


def _verdict(said: Mapping[str, Any], wanted: int) -> Dead | ContactMissing | None:
    """What the answer means for so many contacts; None: all were added."""
    refused = [contact_id for contact_id, is_added in said.items() if is_added is not True]
    if refused:
        return Dead("rejected", shorten(f"addedContacts: not true for {', '.join(refused)}"))
    if len(said) < wanted:
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
