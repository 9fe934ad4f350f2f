"""Consents: subscription forms, and the list of unsubscribed e-mail addresses, in one lane.

POST /v1/contact/subscribe, POST /v1/emails/unsubscribed/add and /delete. A contact who signs up and
changes her mind stays unsubscribed: so none of the three passes another one about her address.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.contacts import known_by
from batchline.systems.esputnik.endpoints import endpoint, judge_id
from batchline.systems.esputnik.messages.subscriptions import ContactSubscription
from batchline.systems.esputnik.messages.unsubscribes import (
    EmailResubscription,
    EmailUnsubscription,
)
from batchline.systems.message import compact_json
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import cut, grouped, one_by_one, waves
from batchline.systems.requests import Request


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """Waves in which an address occurs once: a call for each form, for all additions and deletions.

    So a form and a change of its address never go at once.
    """
    return [
        [
            request
            for group in grouped(wave, lambda item: item.operation)
            for request in _requests(group, settings)
        ]
        for wave in waves(items, _names)
    ]


def _requests(group: Sequence[Item], settings: EffectiveOperation) -> Iterable[Request]:
    of = group[0].operation
    if of == ContactSubscription.operation:
        return one_by_one(group, SUBSCRIBE)
    return [_ENDPOINTS[of].request(run) for run in cut(group, settings)]


def _names(item: Item) -> Iterable[str]:
    """Every key under which the item's contact or address may be known to other items."""
    fields = json.loads(item.payload)
    contact = fields.get("contact")
    if contact is None:
        contact = {"channels": [{"type": "email", "value": fields["email"]}]}
    return known_by(replace(item, payload=compact_json(contact)))


def _body(request: Request, account: EsputnikAccount) -> bytes:
    emails = [json.loads(item.payload)["email"] for item in request.items]
    return compact_json({"emails": emails})


SUBSCRIBE = endpoint("/api/v1/contact/subscribe", judge=judge_id)
ADD = endpoint("/api/v1/emails/unsubscribed/add", _body)
DELETE = endpoint("/api/v1/emails/unsubscribed/delete", _body)
_ENDPOINTS = {EmailUnsubscription.operation: ADD, EmailResubscription.operation: DELETE}

OPERATIONS = (
    Operation(
        message=ContactSubscription,
        linger=0.1,
        batch_size=500,
        largest_batch=1000,
        ambiguous="hold",
        batching="one POST /v1/contact/subscribe each, `parallel` at a time",
        idempotent=False,
        ordered=True,
        endpoints=(SUBSCRIBE,),
        plan=plan,
    ),
    Operation(
        message=EmailUnsubscription,
        linger=0.1,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/add for all, in the lane of contact.subscribe",
        idempotent=True,
        endpoints=(ADD,),
        # A lane of its own that an older release filled is delivered by this.
        plan=plan,
    ),
    Operation(
        message=EmailResubscription,
        linger=0.1,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/delete for all, in the lane of contact.subscribe",
        idempotent=True,
        endpoints=(DELETE,),
    ),
)
