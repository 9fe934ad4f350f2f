"""Sales funnels: what funnel/addContact answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from worker.systems.answers import shorten
from worker.systems.base import Item, Request
from worker.systems.salesmanago.addressees import NAMED, values
from worker.verdicts import ContactMissing, Dead, InDoubt, Judged, Refused

UNKNOWN = InDoubt("the answer has no addedContacts")


def judge_entry(request: Request, answer: dict[str, Any]) -> Judged | Refused:
    """`addedContacts` says true or false for each contactId, and nothing of missing contacts.

    Addresses are not in it. Where they are several messages' and not all were added, the request
    counts as refused: its halves are sent again, which changes nothing for those that were added,
    until each message has an answer of its own.
    """
    places = range(len(request.items))
    added = answer.get("addedContacts")
    if not isinstance(added, dict):
        return Judged(dict.fromkeys(places, UNKNOWN))
    kinds, addressed = zip(*map(_addressed, request.items), strict=True)
    if kinds[0] == "CONTACT_ID":
        found = [_verdict({i: added[i] for i in own & added.keys()}, own) for own in addressed]
        return Judged({place: verdict for place, verdict in enumerate(found) if verdict})
    verdict = _verdict(added, frozenset().union(*addressed) if kinds[0] == "EMAIL" else frozenset())
    if verdict is None:
        return Judged()
    return Judged({0: verdict}) if len(request.items) == 1 else Refused(verdict.words)


def _verdict(added: Mapping[str, Any], wanted: frozenset[str]) -> Dead | ContactMissing | None:
    """What the answer means for these contacts; None: all were added."""
    refused = [contact_id for contact_id, is_added in added.items() if is_added is not True]
    if refused:
        return Dead("rejected", shorten(f"addedContacts: not true for {', '.join(refused)}"))
    if len(added) < len(wanted):
        return ContactMissing("addedContacts has fewer contacts than were named")
    return None


def _addressed(item: Item) -> tuple[str, frozenset[str]]:
    """The type of the contacts ("" for a selection or a mixture), and their values."""
    elements = json.loads(item.payload)["contacts"]
    kinds = {element["addresseeType"] for element in elements}
    kind = kinds.pop() if len(kinds) == 1 else ""
    named = frozenset(value for element in elements for value in values(element))
    return (kind if kind in NAMED else ""), named
