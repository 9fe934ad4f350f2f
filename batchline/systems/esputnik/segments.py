"""Static segments: POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import endpoint, judge_sentence_without
from batchline.systems.esputnik.messages.segments import (
    MOST_CONTACTS,
    SegmentAttachment,
    SegmentDetachment,
)
from batchline.systems.message import compact_json, request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import by_options, cut, waves
from batchline.systems.requests import Request


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One call per segment and direction; a contact of a segment occurs once in a wave."""
    return [list(_requests(wave, settings)) for wave in waves(items, _memberships)]


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    for group in by_options(wave):
        first = group[0]
        segment = request_fields(first.options)["segmentId"]
        for run in cut(group, settings):
            for part in _within_limit(run):
                yield _ENDPOINTS[first.operation].request(part, id=segment)


def _within_limit(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    run: list[Item] = []
    size = 0
    for item in items:
        count = len(_ids(item))
        if run and size + count > MOST_CONTACTS:
            yield tuple(run)
            run, size = [], 0
        run.append(item)
        size += count
    yield tuple(run)


def _memberships(item: Item) -> list[str]:
    return [f"{item.contact} {each}" for each in _ids(item)]


def _ids(item: Item) -> list[int]:
    ids: list[int] = json.loads(item.payload)["contactIds"]
    return ids


def _body(request: Request, account: EsputnikAccount) -> bytes:
    """The contacts of all items. It is never empty: "all contacts will be removed"."""
    ids = list(dict.fromkeys(each for item in request.items for each in _ids(item)))
    if not ids or not all(map(_ids, request.items)):
        raise ValueError("a change of a segment without contacts")
    return compact_json({"contactIds": ids})


ATTACH = endpoint("/api/v1/group/{id}/contacts/attach", _body, judge_sentence_without("detached"))
DETACH = endpoint("/api/v1/group/{id}/contacts/detach", _body, judge_sentence_without("attached"))
_ENDPOINTS = {SegmentAttachment.operation: ATTACH, SegmentDetachment.operation: DETACH}

OPERATIONS = (
    Operation(
        message=SegmentAttachment,
        linger=0.5,
        batch_size=500,
        largest_batch=500,
        ambiguous="resend",
        batching="one attach per segment, at most 500 contacts",
        idempotent=True,
        endpoints=(ATTACH,),
        plan=plan,
    ),
    Operation(
        message=SegmentDetachment,
        linger=0.5,
        batch_size=500,
        largest_batch=500,
        ambiguous="resend",
        batching="one detach per segment, at most 500 contacts, in the lane of segment.attach",
        idempotent=True,
        endpoints=(DETACH,),
    ),
)
