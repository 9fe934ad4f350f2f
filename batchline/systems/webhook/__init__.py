"""A webhook of the application's own, to which results go: what became of messages.

It is a lane like any other: batched, tried again, behind a breaker, with dead letters.
"""

from __future__ import annotations

from batchline.systems.contract import SystemSpec
from batchline.systems.webhook.account import WebhookAccount
from batchline.systems.webhook.adapter import OPERATIONS, Webhook

SYSTEM = SystemSpec(
    name="webhook",
    title="Webhook",
    account=WebhookAccount,
    operations=OPERATIONS,
    adapter=Webhook(OPERATIONS),
)
