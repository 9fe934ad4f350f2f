"""POST /v1/event, /v2/event, /v1/past_events and /v2/past_events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from batchline.sandbox.bodies import as_text, objects
from batchline.sandbox.checks import Check, anything, array, record, text
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contact_book import ADDRESSES, TOKENS, Contact
from batchline.sandbox.esputnik.methods import CheckedRequest, Method
from batchline.sandbox.esputnik.moments import moment, seconds
from batchline.sandbox.esputnik.replies import EMPTY, listing

#: The most bytes of a body ("Generate event": 20 KB).
LONGEST_BODY = 20 * 1024
#: The most events of POST /v1/past_events and /v2/past_events.
BATCH_LIMIT = 500
#: Lower-cased parameter that names a contact -> kind of its value, in the order in which v2 looks.
IDENTITIES = {
    "contactid": "id",
    "contact_id": "id",
    "externalcustomerid": "external",
    "contactkey": "external",
    "contact_key": "external",
    **dict.fromkeys(("email", "emailaddress", "useremail", "contactemail"), "email"),
    **dict.fromkeys(("phone", "sms", "phonenumber"), "sms"),
    "pushtoken": "token",
}

#: Pattern of eventTypeKey and keyValue: any but the forbidden characters.
_ALLOWED = r"""[^<;'\\/|"`^?!,>]+"""


def _event(value: Check, **more: Check) -> dict[str, Check]:
    param = record({"name": text(shortest=1), "value": value}, required=("name", "value"))
    return {
        "eventTypeKey": text(100, shortest=1, pattern=_ALLOWED),
        "keyValue": text(300, shortest=1, pattern=_ALLOWED),
        "params": array(param),
        **more,
    }


#: "nested JSON in `value` must be an escaped string".
_V1 = record(_event(text()), required=("eventTypeKey", "keyValue"))
_V2_FIELDS = record(_event(anything), required=("eventTypeKey",))


def _past_events(value: Check) -> Check:
    event = record(
        _event(value, occurred=moment), required=("eventTypeKey", "keyValue", "occurred")
    )
    return record({"events": array(event, 1, BATCH_LIMIT)}, required=("events",))


def _v2(value: object) -> str | None:
    """A check of v2's body, which needs keyValue or a parameter that names the contact.

    "v2 identifier priority when keyValue is absent: contactId, externalCustomerId, email, phone,
    pushToken; none -> not accepted."
    """
    problem = _V2_FIELDS(value)
    if problem or type(value) is not dict:
        return problem
    if value.get("keyValue") is None and not any(_identities(value)):
        return ".keyValue: not given, nor a parameter that names the contact"
    return None


def _identities(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The identifiers in the event's parameters, as (kind, value).

    v2 "ignores externalCustomerId that is empty, blank or null".
    """
    params = [(as_text(each.get("name")).lower(), each.get("value")) for each in _params(event)]
    for name, kind in IDENTITIES.items():
        for param, value in params:
            text = "" if isinstance(value, bool) else str(value or "").strip()
            if param == name and text and not (kind == "external" and text == "null"):
                yield kind, text


def _params(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(event.get("params"))


def _item(event: Mapping[str, Any]) -> Item:
    """The item of an event: its id is keyValue, else the parameter `id` or `orderId`."""
    key = as_text(event.get("keyValue"))
    own = (as_text(each.get("value")) for each in _params(event) if each.get("name") in _OWN_IDS)
    contact = key or next((value for _, value in _identities(event)), "")
    return Item(key or next(own, ""), contact.lower())


_OWN_IDS = ("id", "orderId")
_ID = re.compile("[0-9]{1,18}")


def _add(request: CheckedRequest) -> Answer:
    """Add an event, also of an unknown type, and without looking for its contact."""
    request.account.events.append(request.body)
    return request.accept(EMPTY)


def _add_past(request: CheckedRequest) -> Answer:
    """Add past events, each with a status in the answer (reference, EventsMigrationResults).

    "Contacts must exist": other events are accepted, and dropped without a report.
    """
    outcomes: list[Outcome] = []
    statuses: list[str] = []
    for index, event in enumerate(request.body["events"]):
        exists = _contact_of(request.account, event) is not None
        problem = "EVENT_SEGMENTATION_DISABLED" if index in request.rejected else ""
        if seconds(event["occurred"]) > request.now:
            problem = "OCCURRED_TIME_IN_FUTURE"
        if problem:
            outcomes.append(Outcome.REFUSED)
            statuses.append(problem)
            continue
        outcomes.append(Outcome.APPLIED if exists else Outcome.MISSING)
        statuses.append("ACCEPTED")
        if exists:
            request.account.events.append(event)
    accepted = statuses.count("ACCEPTED")
    fields = {
        "results": [{"status": status} for status in statuses],
        "successCount": accepted,
        "errorCount": len(statuses) - accepted,
    }
    return Answer(listing(request.desk.settings, "results", fields), outcomes)


def _contact_of(account: Account, event: Mapping[str, Any]) -> Contact | None:
    key = event["keyValue"]
    by_key = [(kind, key) for kind in ("email", "external", "sms", "id")]
    contacts = (_find(account, kind, value) for kind, value in [*_identities(event), *by_key])
    return next((contact for contact in contacts if contact is not None), None)


def _find(account: Account, kind: str, value: str) -> Contact | None:
    book = account.contacts
    if kind == "id":
        return book.get(int(value)) if _ID.fullmatch(value) else None
    if kind == "external":
        contact = book.with_external_id(value)
        return None if contact is None or contact.deleted else contact
    kinds = (kind,) if kind in ADDRESSES else TOKENS
    return next((each for kind in kinds for each in book.with_channel(kind, value)), None)


def _single(path: str, operation: str, shape: Check) -> Method:
    return Method(
        "POST",
        path,
        operation,
        _add,
        shape,
        lambda data: [_item(data.body)],
        longest_body=LONGEST_BODY,
    )


def _past(path: str, operation: str, shape: Check) -> Method:
    return Method(
        "POST",
        path,
        operation,
        _add_past,
        shape,
        lambda data: [_item(event) for event in objects(data.body.get("events"))],
        batch="events",
        judges_items=True,
    )


METHODS = [
    _single("/v1/event", "event.add", _V1),
    _single("/v2/event", "event.add_v2", _v2),
    _past("/v1/past_events", "event.add_past", _past_events(text())),
    _past("/v2/past_events", "event.add_past_v2", _past_events(anything)),
]
