"""Reads `results` of the methods that send messages: one result for each recipient.

"The list of results. This is an object when results contain a single element" (reference,
SendMessageResultsDto).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.esputnik.endpoints import Judge, Read
from batchline.systems.esputnik.readings import as_list
from batchline.systems.requests import Request
from batchline.systems.verdicts import Ambiguous, Dead, Judged, Verdict


def judge_results_of(recipient: str) -> Judge:
    """A judge of `results`; `recipient` names the items' field that the results call `locator`."""

    def judge(request: Request, body: Read) -> Judged | None:
        results = as_list(body.get("results")) if isinstance(body, dict) else []
        return _judge_results(request, results, recipient) if results else None

    return judge


def _judge_results(request: Request, results: Sequence[object], recipient: str) -> Judged:
    """A verdict for each recipient: "OK" or "ERROR"; a recipient without a result is ambiguous.

    A result names its recipient by `locator`. The result of a recipient with `contactId`, or whose
    locator the API writes in another way, is the one with the recipient's index, if there are as
    many results as recipients.
    """
    exceptions: dict[int, Verdict | Ambiguous] = {}
    ids: dict[int, str] = {}
    for index, result in enumerate(_results_by_index(request, results, recipient)):
        status = str(result.get("status", "")).upper()
        if status == "OK":
            ids |= {index: str(result["requestId"])} if result.get("requestId") else {}
        elif status == "ERROR":
            detail = str(result.get("message") or "status ERROR, without a message")
            exceptions[index] = Dead("rejected", shorten(detail))
        else:
            exceptions[index] = Ambiguous("the answer does not say what became of this recipient")
    return Judged(exceptions, ids=ids)


def _results_by_index(
    request: Request, results: Sequence[object], recipient: str
) -> Iterator[Mapping[str, Any]]:
    objects = [result if isinstance(result, dict) else {} for result in results]
    named = [_text(result.get("locator")) for result in objects]
    by_locator = {locator: one for locator, one in zip(named, objects, strict=True) if locator}
    locators = [_text(json.loads(item.payload).get(recipient)) for item in request.items]
    by_index = objects if len(objects) == len(locators) else [{} for _ in locators]
    unknown = by_locator.keys() - set(locators)
    for locator, result in zip(locators, by_index, strict=True):
        if locator in by_locator:
            yield by_locator[locator]
        else:
            name = _text(result.get("locator"))
            yield result if not name or name in unknown else {}


def _text(locator: object) -> str:
    return str(locator or "").strip().lower()
