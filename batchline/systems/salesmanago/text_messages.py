"""Text messages (SMS, WhatsApp, Viber): messaging/send and messaging/transactional/send."""

from __future__ import annotations

from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.salesmanago import many
from batchline.systems.salesmanago.endpoints import delivered_with, endpoint, single, with_user
from batchline.systems.salesmanago.messages.text_messages import TextMessage, TransactionalMessage

SEND = endpoint(
    "/api/messaging/send", with_user("user"), many.body, delivered_with("conversationId")
)
SEND_TRANSACTIONAL = endpoint(
    "/api/messaging/transactional/send",
    with_user("user"),
    single,
    delivered_with("conversationId"),
)

OPERATIONS = (
    Operation(
        message=TextMessage,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one messaging/send for all named contacts of equal messages; one each with tags, "
        "funnels, stages or groups",
        idempotent=False,
        endpoints=(SEND,),
        plan=many.plan({TextMessage.operation: SEND}),
    ),
    Operation(
        message=TransactionalMessage,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one messaging/transactional/send each, `parallel` at a time",
        idempotent=False,
        endpoints=(SEND_TRANSACTIONAL,),
        plan=each_alone(SEND_TRANSACTIONAL),
    ),
)
