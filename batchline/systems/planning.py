"""Cutting a batch into requests: what every system's plan does the same way.

Where the items are a `Run` and nothing is special about them, their columns are enough, and no
item is made.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from batchline.systems.columns import Item, Run, contacts, payloads
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Endpoint, Request

Keys = Callable[[Item], Iterable[str]]


def each_alone(endpoint: Endpoint, keys: Keys | None = None) -> Any:
    """A plan: one call for each item; those that share a key one after the other.

    The keys are the contact unless told otherwise.
    """

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: Any
    ) -> list[list[Request]]:
        return [one_by_one(wave, endpoint) for wave in waves(items, keys or by_contact)]

    return plan


def all_together(endpoint: Endpoint, keys: Keys | None = None) -> Any:
    """A plan: one call for all items of equal options, within the batch's limits.

    The same contact is never twice in a call, unless told by which keys items differ.
    """

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: Any
    ) -> list[list[Request]]:
        return [
            [endpoint.request(run) for group in by_options(wave) for run in cut(group, settings)]
            for wave in waves(items, keys or by_contact)
        ]

    return plan


def by_contact(item: Item) -> Iterable[str]:
    """The key of the contact that the item is about; none for what is about nobody."""
    return (item.contact,) if item.contact else ()


def waves(items: Sequence[Item], keys: Keys) -> list[list[Item]]:
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


def by_options(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Items of equal options, and so of one operation, together; in order of arrival."""
    if not isinstance(items, Run):
        return list(grouped(items, lambda item: (item.operation, item.options)))
    if items.is_uniform():
        return [items] if items else []
    positions: dict[bytes, list[int]] = {}
    for position, options in enumerate(items.options()):
        positions.setdefault(options, []).append(position)
    return [items.at(one) for one in positions.values()]


def cut(items: Sequence[Item], settings: EffectiveOperation) -> Iterator[Sequence[Item]]:
    """Runs of items within `batch_size` and `batch_bytes`; an item too large stands alone."""
    sizes = list(map(len, payloads(items)))
    # A comma behind each.
    if len(items) <= settings.batch_size and sum(sizes) + len(sizes) <= settings.batch_bytes:
        if items:
            yield items
        return
    start = total = 0
    for position, size in enumerate(sizes):
        many = position - start >= settings.batch_size
        full = many or total + size + 1 > settings.batch_bytes
        if position > start and full:
            yield items[start:position]
            start, total = position, 0
        total += size + 1
    yield items[start:]


def one_by_one(items: Iterable[Item], endpoint: Endpoint) -> list[Request]:
    """A request for each item, for operations that the API takes one at a time."""
    return [endpoint.request((item,)) for item in items]


def repeated(keys: Iterable[bytes]) -> set[bytes]:
    """The keys that are there more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}


def split(items: Run, special: Collection[bytes]) -> tuple[Sequence[int], Sequence[int]]:
    """Positions of the items whose contact is special, and of the others."""
    if not special:
        return (), range(len(items))
    inside: list[int] = []
    outside: list[int] = []
    for position, contact in enumerate(contacts(items)):
        (inside if contact in special else outside).append(position)
    return inside, outside


def with_folded(items: Run, untouched: Sequence[int], folded: Iterable[Item]) -> Run:
    """The untouched items and the folded ones, in the order of their first messages."""
    merged = {item.messages[0]: item for item in folded}
    kept = [items.indexes[position] for position in untouched]
    return Run(items.columns, sorted([*kept, *merged]), {**items.merged, **merged})


def chains(items: Iterable[Item], keys: Keys, kind: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Items that may become one: of one kind, with nothing in between that shares a key with them.

    An item joins the chain that was the last to touch each of its keys, or begins a new one.
    """
    found: list[list[Item]] = []
    last: dict[str, list[Item]] = {}
    for item in items:
        touched = list(keys(item))
        before = [last[key] for key in touched if key in last]
        chain = before[0] if before else []
        if not chain or kind(chain[-1]) != kind(item) or any(one is not chain for one in before):
            chain = []
            found.append(chain)
        chain.append(item)
        last.update(dict.fromkeys(touched, chain))
    return found


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
            chain[positions[0]],
            payload=json.dumps(merged, ensure_ascii=False, separators=(",", ":")).encode(),
            messages=tuple(index for one in positions for index in chain[one].messages),
        )
        for merged, positions in merge_runs([json.loads(item.payload) for item in chain])
    ]


def json_array(name: str, items: Sequence[Item], around: Mapping[str, Any] | None = None) -> bytes:
    """A JSON object: the items' own bytes as an array under `name`, and behind it `around`."""
    array = b'{"%s":[%s]' % (name.encode(), b",".join(payloads(items)))
    rest = json.dumps(around or {}, ensure_ascii=False, separators=(",", ":")).encode()
    return array + (b"," + rest[1:] if around else b"}")
