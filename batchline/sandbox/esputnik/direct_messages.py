"""POST /v1/message/email, /sms and /viber: messages that the request itself holds."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import Check, anything, array, flag, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome, ours
from batchline.sandbox.esputnik.contact_shapes import deliverable, phone
from batchline.sandbox.esputnik.messages import create_missing_contact
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import listing

_NAME = text(shortest=1)
_TEXT = text()
_COMMON: dict[str, Check] = {
    "from": _NAME,
    "tags": array(_NAME),
    "externalRequestId": _TEXT,
    "subscriptionsKeys": array(_NAME),
    "trackUrls": flag,
}
#: OutgoingEmail, OutgoingSMS and OutgoingViber of the reference. `groupId` is left out: here
#: nobody sends to a segment. A wrong recipient fails alone.
_EMAIL = record(
    {
        **_COMMON,
        "emails": array(anything, 1),
        "subject": _NAME,
        "htmlText": _NAME,
        "plainText": _TEXT,
        "ampHtmlText": _TEXT,
        "skipPersonalisation": flag,
    },
    required=("emails", "from", "subject", "htmlText"),
)
_SMS = record(
    {**_COMMON, "phoneNumbers": array(anything, 1), "text": _NAME},
    required=("phoneNumbers", "from", "text"),
)
_VIBER = record(
    {
        **_COMMON,
        "phoneNumbers": array(anything, 1),
        "text": _NAME,
        "iosExpirityText": _NAME,
        "ttlSeconds": whole(1),
        **dict.fromkeys(("img", "caption", "action"), _TEXT),
    },
    required=("phoneNumbers", "text", "iosExpirityText"),
)


def _items(recipients: str) -> Callable[[RequestData], list[Item]]:
    def items(data: RequestData) -> list[Item]:
        listed = data.body.get(recipients)
        names = map(as_text, listed) if isinstance(listed, list) else ()
        return [Item(name, name.lower()) for name in names]

    return items


def _send(recipients: str, check: Check) -> Callable[[CheckedRequest], Answer]:
    """A handler: every recipient has a result, and an error among them keeps the 200."""

    def send(request: CheckedRequest) -> Answer:
        outcomes: list[Outcome] = []
        results: list[JsonObject] = []
        for index, locator in enumerate(request.body[recipients]):
            problem = "refused by a fault" if index in request.rejected else check(locator)
            outcomes.append(Outcome.REFUSED if problem else Outcome.APPLIED)
            results.append(
                {"locator": as_text(locator), "status": "ERROR", "message": ours(problem)}
                if problem
                else _schedule(request, locator, recipients)
            )
        fields = {"id": 0, "results": [{"id": 0, **result} for result in results]}
        return Answer(listing(request.desk.settings, "results", fields), outcomes)

    return send


def _schedule(request: CheckedRequest, locator: str, recipients: str) -> JsonObject:
    """Record the message, whose messageId is 0 as in the history of messages; its result."""
    fields = {name: value for name, value in request.body.items() if name != recipients}
    request_id = str(uuid.uuid4())
    create_missing_contact(request.account, locator)
    request.account.messages.append(
        {"messageId": 0, "locator": locator, "params": fields, "requestId": request_id}
    )
    return {"locator": locator, "status": "OK", "requestId": request_id}


def _method(kind: str, recipients: str, check: Check, shape: Check) -> Method:
    return Method(
        "POST",
        f"/v1/message/{kind}",
        f"{kind}.send",
        _send(recipients, check),
        shape,
        _items(recipients),
        batch=recipients,
        judges_items=True,
    )


METHODS = [
    _method("email", "emails", deliverable, _EMAIL),
    _method("sms", "phoneNumbers", phone, _SMS),
    _method("viber", "phoneNumbers", phone, _VIBER),
]
