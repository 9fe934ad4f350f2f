"""Unsubscribed e-mail addresses: POST /v1/emails/unsubscribed/add and /delete."""

from __future__ import annotations

import json
from collections.abc import Sequence

from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request
from batchline.systems.planning import cut, grouped, waves

PATHS = {
    "email.unsubscribe": "/api/v1/emails/unsubscribed/add",
    "email.resubscribe": "/api/v1/emails/unsubscribed/delete",
}


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """One call for all to add and one for all to delete; an address is once in a wave."""
    return [
        [
            Request(own, PATHS[own], run)
            for group in grouped(wave, lambda item: item.operation)
            for own in (group[0].operation,)
            for run in cut(group, settings)
        ]
        for wave in waves(items, lambda item: [item.contact])
    ]


def body(request: Request) -> bytes:
    emails = [json.loads(item.payload)["email"] for item in request.items]
    return json.dumps({"emails": emails}, ensure_ascii=False, separators=(",", ":")).encode()
