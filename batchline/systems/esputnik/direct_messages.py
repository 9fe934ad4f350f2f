"""Messages that the request itself holds: POST /v1/message/email, /sms and /viber.

No document gives the most recipients of a call: smartsend's 1,000 is kept to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import endpoint
from batchline.systems.esputnik.messages.direct_messages import EmailSend, SmsSend, ViberSend
from batchline.systems.esputnik.results import judge_results_of
from batchline.systems.message import Message, compact_json
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, cut, grouped, waves
from batchline.systems.requests import Endpoint, Request

#: The field of a payload that names its recipient.
_RECIPIENTS = ("email", "phoneNumber")


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One call for all recipients of equal messages; a recipient occurs once in a wave."""
    return [
        [
            _ENDPOINTS[run[0].operation].request(run)
            for group in grouped(wave, lambda item: compact_json(_split(item)[1]))
            for run in cut(group, settings)
        ]
        for wave in waves(items, by_contact)
    ]


def _split(item: Item) -> tuple[tuple[str, str], dict[str, Any]]:
    """The recipient's field and value, and the fields that do not depend on the recipient."""
    fields: dict[str, Any] = json.loads(item.payload)
    name = next(name for name in _RECIPIENTS if name in fields)
    return (name, fields.pop(name)), fields


def _body(request: Request, account: EsputnikAccount) -> bytes:
    """The recipients as an array under the plural of their field, and the common fields."""
    (name, _), fields = _split(request.items[0])
    recipients = [_split(item)[0][1] for item in request.items]
    return compact_json({f"{name}s": recipients, **fields})


def _endpoint(kind: str, recipient: str) -> Endpoint:
    return endpoint(f"/api/v1/message/{kind}", _body, judge_results_of(recipient))


EMAIL = _endpoint("email", "email")
SMS = _endpoint("sms", "phoneNumber")
VIBER = _endpoint("viber", "phoneNumber")
_ENDPOINTS = {
    EmailSend.operation: EMAIL,
    SmsSend.operation: SMS,
    ViberSend.operation: VIBER,
}


def _operation(message: type[Message], endpoint: Endpoint) -> Operation:
    return Operation(
        message=message,
        linger=0.1,
        batch_size=200,
        largest_batch=1000,
        # A second delivery is a second message to a person.
        ambiguous="hold",
        batching=f"one POST {endpoint.path.removeprefix('/api')} for all recipients of equal "
        "messages, none twice in one",
        idempotent=False,
        endpoints=(endpoint,),
        plan=plan,
    )


OPERATIONS = (
    _operation(EmailSend, EMAIL),
    _operation(SmsSend, SMS),
    _operation(ViberSend, VIBER),
)
