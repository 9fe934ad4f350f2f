"""Prepared messages: POST /v1/message/{id}/smartsend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import endpoint
from batchline.systems.esputnik.messages.prepared_messages import PreparedMessage
from batchline.systems.esputnik.results import judge_results_of
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, by_options, cut, json_array, waves
from batchline.systems.requests import Request


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One smartsend for equal options; a recipient occurs once, so that the answer is clear."""
    return [list(_requests(wave, settings)) for wave in waves(items, by_contact)]


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    for group in by_options(wave):
        message_id = request_fields(group[0].options)["messageId"]
        for run in cut(group, settings):
            yield SEND.request(run, id=message_id)


def _body(request: Request, account: EsputnikAccount) -> bytes:
    fields = request_fields(request.items[0].options)
    del fields["messageId"]
    return json_array("recipients", request.items, fields)


SEND = endpoint("/api/v1/message/{id}/smartsend", _body, judge_results_of("locator"))

OPERATIONS = (
    Operation(
        message=PreparedMessage,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one smartsend per message and options, at most 1,000 recipients",
        idempotent=False,
        endpoints=(SEND,),
        plan=plan,
    ),
)
