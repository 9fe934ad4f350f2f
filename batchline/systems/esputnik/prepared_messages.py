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
from batchline.systems.esputnik.readings import as_list
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_contact, by_options, cut, json_array, waves
from batchline.systems.requests import Request
from batchline.systems.verdicts import Ambiguous, Dead, Judged, Verdict


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


def _judge(request: Request, body: Read) -> Judged | None:
    results = as_list(body.get("results")) if isinstance(body, dict) else []
    return judge_results(request, results) if results else None


def judge_results(request: Request, results: Sequence[object]) -> Judged:
    """A verdict for each recipient: "OK" or "ERROR"; a recipient without a result is ambiguous.

    A result names its recipient by `locator`. The result of a recipient with `contactId`, or whose
    locator the API writes in another way, is the one with the recipient's index, if there are as
    many results as recipients.
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
    objects = [result if isinstance(result, dict) else {} for result in results]
    by_locator = {_locator(result): result for result in objects if _locator(result)}
    locators = [_locator(json.loads(item.payload)) for item in request.items]
    by_index = objects if len(objects) == len(locators) else [{} for _ in locators]
    unknown = by_locator.keys() - set(locators)
    for locator, result in zip(locators, by_index, strict=True):
        if locator in by_locator:
            yield by_locator[locator]
        else:
            yield result if not _locator(result) or _locator(result) in unknown else {}


def _locator(fields: Mapping[str, Any]) -> str:
    return str(fields.get("locator") or "").strip().lower()


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
