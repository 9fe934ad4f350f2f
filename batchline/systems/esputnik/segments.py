"""Static segments: POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

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
from batchline.systems.planning import by_options, cut, grouped, waves
from batchline.systems.requests import Request


def plan(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One call per segment, direction and kind of ids; a contact occurs once in a wave.

    Ids of different kinds may name one contact, so their changes of a segment are in waves of their
    own, in order.
    """
    of_segments = [_waves(of_segment) for of_segment in grouped(items, lambda item: item.contact)]
    return [
        [request for wave in together for request in _requests(wave, settings)]
        for together in zip_longest(*of_segments, fillvalue=[])
    ]


def _waves(items: Sequence[Item]) -> list[list[Item]]:
    """The waves of one segment's changes."""
    return [
        wave for _, stretch in groupby(items, _kind) for wave in waves(list(stretch), _memberships)
    ]


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


def _kind(item: Item) -> str:
    """The field with the item's ids: contactIds or externalCustomerIds."""
    (kind,) = map(str, json.loads(item.payload))
    return kind


def _ids(item: Item) -> list[int | str]:
    ids: list[int | str] = json.loads(item.payload)[_kind(item)]
    return ids


def _body(request: Request, account: EsputnikAccount) -> bytes:
    """The contacts of all items. It is never empty: "all contacts will be removed"."""
    ids = list(dict.fromkeys(each for item in request.items for each in _ids(item)))
    if not ids or not all(map(_ids, request.items)):
        raise ValueError("a change of a segment without contacts")
    return compact_json({_kind(request.items[0]): ids})


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
        batching="one attach per segment and kind of ids, at most 500 contacts",
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
        batching="one detach per segment and kind of ids, at most 500 contacts, in the lane of "
        "segment.attach",
        idempotent=True,
        endpoints=(DETACH,),
    ),
)
