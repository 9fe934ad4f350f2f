"""Sales funnels: what funnel/addContact answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.contract import Item, Request
from batchline.systems.salesmanago.addressees import values
from batchline.systems.salesmanago.many import NAMED
from batchline.systems.verdicts import Ambiguous, ContactMissing, Dead, Judged, Refused

UNKNOWN = Ambiguous("the answer has no addedContacts")


def judge_entry(request: Request, answer: dict[str, Any]) -> Judged | Refused:
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
