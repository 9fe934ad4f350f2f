"""Static segments: POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from batchline.producers.lanes import request_fields
from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request
from batchline.systems.esputnik.messages.segments import MOST_CONTACTS
from batchline.systems.planning import cut, grouped, waves

VERBS = {"segment.attach": "attach", "segment.detach": "detach"}


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation
) -> list[list[Request]]:
    """One call per segment and direction; a contact of a segment is once in a wave."""
    return [list(_requests(wave, settings)) for wave in waves(items, _memberships)]


def body(request: Request) -> bytes:
    """The contacts of all items. Never none: "all contacts will be removed from the segment"."""
    ids = list(dict.fromkeys(each for item in request.items for each in _ids(item)))
    if not ids or not all(map(_ids, request.items)):
        raise ValueError("a change of a segment without contacts")
    return json.dumps({"contactIds": ids}, separators=(",", ":")).encode()


def _requests(wave: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    for group in grouped(wave, lambda item: (item.operation, item.options)):
        first = group[0]
        segment = request_fields(first.options)["segmentId"]
        path = f"/api/v1/group/{segment}/contacts/{VERBS[first.operation]}"
        for run in cut(group, settings):
            for part in _within_limit(run):
                yield Request(first.operation, path, part)


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
