"""Cutting a batch into requests: what every system's plan does the same way."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request


def waves(items: Sequence[Item], keys: Callable[[Item], Iterable[str]]) -> list[list[Item]]:
    """Items in waves: two that share a key are in different ones, in the order given.

    The APIs promise no order inside one batch; what must arrive in order travels in calls of its
    own, one after the other.
    """
    next_wave: dict[str, int] = defaultdict(int)
    result: list[list[Item]] = []
    for item in items:
        touched = list(keys(item))
        wave = max((next_wave[key] for key in touched), default=0)
        for key in touched:
            next_wave[key] = wave + 1
        if wave == len(result):
            result.append([])
        result[wave].append(item)
    return result


def grouped(items: Iterable[Item], by: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Items of one group together, groups and items in order of arrival."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    return list(groups.values())


def cut(items: Sequence[Item], settings: EffectiveOperation) -> Iterator[tuple[Item, ...]]:
    """Runs of items within `batch_size` and `batch_bytes`; an item too large stands alone."""
    run: list[Item] = []
    size = 0
    for item in items:
        length = len(item.payload) + 1
        full = len(run) >= settings.batch_size or size + length > settings.batch_bytes
        if run and full:
            yield tuple(run)
            run, size = [], 0
        run.append(item)
        size += length
    if run:
        yield tuple(run)


def one_by_one(items: Iterable[Item], operation: str, path: str) -> list[Request]:
    """A request for each item, for operations that the API takes one at a time."""
    return [Request(operation, path, (item,)) for item in items]


def chains(
    items: Iterable[Item],
    keys: Callable[[Item], Iterable[str]],
    kind: Callable[[Item], Hashable],
) -> list[list[Item]]:
    """Items that may become one: of one kind, with nothing in between that shares a key with them.

    An item joins the chain that was the last to touch each of its keys, or begins a new one.
    """
    made: list[list[Item]] = []
    last: dict[str, list[Item]] = {}
    for item in items:
        touched = list(keys(item))
        before = [last[key] for key in touched if key in last]
        chain = before[0] if before else []
        if not chain or kind(chain[-1]) != kind(item) or any(one is not chain for one in before):
            chain = []
            made.append(chain)
        chain.append(item)
        last.update(dict.fromkeys(touched, chain))
    return made


def fold(
    chain: list[Item],
    merge_runs: Callable[[list[dict[str, Any]]], Iterable[tuple[dict[str, Any], list[int]]]],
) -> list[Item]:
    """What is left of a chain: `merge_runs` says which of its payloads become one, and which one.

    A merged item stands for the messages of all that it was made of.
    """
    if len(chain) == 1:
        return chain
    return [
        replace(
            chain[indexes[0]],
            payload=json.dumps(merged, ensure_ascii=False, separators=(",", ":")).encode(),
            messages=tuple(message for index in indexes for message in chain[index].messages),
        )
        for merged, indexes in merge_runs([json.loads(item.payload) for item in chain])
    ]


def json_array(name: str, items: Iterable[Item], around: Mapping[str, Any] | None = None) -> bytes:
    """A JSON object: the items' own bytes as an array under `name`, and behind it `around`."""
    array = b'{"%s":[%s]' % (name.encode(), b",".join([item.payload for item in items]))
    rest = json.dumps(around or {}, ensure_ascii=False, separators=(",", ":")).encode()
    return array + (b"," + rest[1:] if around else b"}")
