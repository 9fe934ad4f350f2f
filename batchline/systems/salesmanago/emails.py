"""E-mails: email/sendEmail, email/sendConfirmation and email/upsert."""

from __future__ import annotations

from typing import Any

from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.requests import Request
from batchline.systems.salesmanago import many
from batchline.systems.salesmanago.endpoints import delivered_with, endpoint, single, with_user
from batchline.systems.salesmanago.messages.emails import (
    ConfirmationEmail,
    EmailSending,
    EmailUpsert,
)
from batchline.systems.verdicts import ContactMissing, Judged


def _judge_confirmation(request: Request, answer: dict[str, Any]) -> Judged:
    """If `contactExists` is false, nothing was sent: the contact does not exist yet."""
    if answer.get("contactExists") is False:
        return Judged({index: ContactMissing() for index in range(len(request.items))})
    return Judged()


SEND = endpoint(
    "/api/email/sendEmail",
    with_user("user", dated=True),
    many.body,
    delivered_with("conversationId"),
)
CONFIRM = endpoint("/api/email/sendConfirmation", with_user("owner"), single, _judge_confirmation)
UPSERT = endpoint("/api/email/upsert", with_user("emailOwner"), single, delivered_with("emailId"))

OPERATIONS = (
    Operation(
        message=EmailSending,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one sendEmail for all named contacts of one e-mail, date and user; one each with "
        "tags, funnels, stages or excludeContacts",
        idempotent=False,
        endpoints=(SEND,),
        plan=many.plan({EmailSending.operation: SEND}),
    ),
    Operation(
        message=ConfirmationEmail,
        linger=0.5,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one sendConfirmation each, `parallel` at a time",
        idempotent=False,
        endpoints=(CONFIRM,),
        plan=each_alone(CONFIRM),
    ),
    Operation(
        message=EmailUpsert,
        linger=0.1,
        # A message may have 2 MB.
        batch_size=5,
        largest_batch=50,
        ambiguous="hold",
        batching="one email/upsert each",
        idempotent=False,
        endpoints=(UPSERT,),
        plan=each_alone(UPSERT),
    ),
)
