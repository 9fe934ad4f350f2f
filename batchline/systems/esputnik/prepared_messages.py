"""Prepared messages: POST /v1/message/{id}/smartsend."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import Read, endpoint
from batchline.systems.esputnik.messages.prepared_messages import PreparedMessage
from batchline.systems.esputnik.readings import listed
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, by_options, cut, json_array, waves
from batchline.systems.requests import Request
from batchline.systems.verdicts import Ambiguous, Dead, Judged, Verdict


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One smartsend for equal options; a recipient is once in each, so that the answer is clear."""
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


def _judge(request: Request, body: Read) -> Judged | None:
    results = listed(body.get("results")) if isinstance(body, dict) else []
    return judge_results(request, results) if results else None


def judge_results(request: Request, results: Sequence[object]) -> Judged:
    """A verdict for each recipient, "OK" or "ERROR"; one without a result is ambiguous.

    Results name a recipient by `locator`. One that was given by `contactId`, or whose locator the
    API writes in another way, is known by its place, where there are as many results as recipients.
    """
    exceptions: dict[int, Verdict | Ambiguous] = {}
    ids: dict[int, str] = {}
    for index, result in enumerate(_results_by_index(request, results)):
        status = str(result.get("status", "")).upper()
        if status == "OK":
            ids |= {index: str(result["requestId"])} if result.get("requestId") else {}
        elif status == "ERROR":
            detail = str(result.get("message") or "status ERROR, without a message")
            exceptions[index] = Dead("rejected", shorten(detail))
        else:
            exceptions[index] = Ambiguous("the answer does not say what became of this recipient")
    return Judged(exceptions, ids=ids)


def _results_by_index(request: Request, results: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    said = [result if isinstance(result, dict) else {} for result in results]
    by_name = {_name(result): result for result in said if _name(result)}
    sent = [_name(json.loads(item.payload)) for item in request.items]
    in_order = said if len(said) == len(sent) else [{} for _ in sent]
    strangers = by_name.keys() - set(sent)
    for name, own in zip(sent, in_order, strict=True):
        if name in by_name:
            yield by_name[name]
        else:
            yield own if not _name(own) or _name(own) in strangers else {}


def _name(said: Mapping[str, Any]) -> str:
    return str(said.get("locator") or "").strip().lower()


SEND = endpoint("/api/v1/message/{id}/smartsend", _body, _judge)

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
