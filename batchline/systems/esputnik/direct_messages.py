"""Messages that the request itself holds: POST /v1/message/email, /sms and /viber.

No document gives the most recipients of a call: smartsend's 1,000 is kept to.
"""

from __future__ import annotations

import json

from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import Body, endpoint
from batchline.systems.esputnik.messages.direct_messages import EmailSend, SmsSend, ViberSend
from batchline.systems.esputnik.results import judge_results_of
from batchline.systems.message import Message, compact_json, request_fields
from batchline.systems.operation import Operation
from batchline.systems.planning import all_together
from batchline.systems.requests import Endpoint, Request


def _body_with(recipient: str) -> Body:
    """A body: the recipients as an array under the plural of their field, and the common fields."""

    def body(request: Request, account: EsputnikAccount) -> bytes:
        recipients = [json.loads(item.payload)[recipient] for item in request.items]
        fields = request_fields(request.items[0].options)
        return compact_json({f"{recipient}s": recipients, **fields})

    return body


def _endpoint(kind: str, recipient: str) -> Endpoint:
    return endpoint(f"/api/v1/message/{kind}", _body_with(recipient), judge_results_of(recipient))


EMAIL = _endpoint("email", "email")
SMS = _endpoint("sms", "phoneNumber")
VIBER = _endpoint("viber", "phoneNumber")


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
        plan=all_together(endpoint),
    )


OPERATIONS = (
    _operation(EmailSend, EMAIL),
    _operation(SmsSend, SMS),
    _operation(ViberSend, VIBER),
)
