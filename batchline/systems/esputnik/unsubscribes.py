"""Unsubscribed e-mail addresses: POST /v1/emails/unsubscribed/add and /delete."""

from __future__ import annotations

import json
from collections.abc import Sequence

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import endpoint
from batchline.systems.esputnik.messages.unsubscribes import (
    EmailResubscription,
    EmailUnsubscription,
)
from batchline.systems.message import compact_json
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, cut, grouped, waves
from batchline.systems.requests import Request


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One call for all additions and one for all deletions; an address occurs once in a wave."""
    return [
        [
            _ENDPOINTS[group[0].operation].request(run)
            for group in grouped(wave, lambda item: item.operation)
            for run in cut(group, settings)
        ]
        for wave in waves(items, by_contact)
    ]


def _body(request: Request, account: EsputnikAccount) -> bytes:
    emails = [json.loads(item.payload)["email"] for item in request.items]
    return compact_json({"emails": emails})


ADD = endpoint("/api/v1/emails/unsubscribed/add", _body)
DELETE = endpoint("/api/v1/emails/unsubscribed/delete", _body)
_ENDPOINTS = {EmailUnsubscription.operation: ADD, EmailResubscription.operation: DELETE}

OPERATIONS = (
    Operation(
        message=EmailUnsubscription,
        linger=0.5,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/add for all",
        idempotent=True,
        ordered=True,
        endpoints=(ADD,),
        plan=plan,
    ),
    Operation(
        message=EmailResubscription,
        linger=0.5,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/delete for all, in the lane of email.unsubscribe",
        idempotent=True,
        endpoints=(DELETE,),
    ),
)
