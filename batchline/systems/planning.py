"""Cutting a batch into requests: the parts that plans of all systems share.

Where the items are a `Run` and nothing is special about them, their columns are enough, and no
item is made.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from batchline.systems.columns import Item, Run, contacts, payloads
from batchline.systems.message import compact_json
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Endpoint, Request

T = TypeVar("T")

#: Makes the keys of an item; items that share a key stay in order.
Keys = Callable[[Item], Iterable[str]]


def each_alone(endpoint: Endpoint, keys: Keys | None = None) -> Any:
    """A plan: one call for each item; items that share a key go one after the other.

    Without `keys`, the key is the contact.
    """

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: Any
    ) -> list[list[Request]]:
        return [one_by_one(wave, endpoint) for wave in waves(items, keys or by_contact)]

    return plan


def all_together(endpoint: Endpoint, keys: Keys | None = None) -> Any:
    """A plan: one call for all items of equal options, within the batch's limits.

    Items that share a key are never in one call. Without `keys`, the key is the contact.
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
    """The key of the item's contact; no key for an item without a single contact."""
    return (item.contact,) if item.contact else ()


def waves(items: Sequence[Item], keys: Keys) -> list[list[Item]]:
    """Items in waves: two items that share a key are in different waves, in their order.

    The APIs promise no order inside one batch, so items that must arrive in order go in different
    calls, one after the other.
    """
    next_wave: dict[str, int] = defaultdict(int)
    result: list[list[Item]] = []
    for item in items:
        item_keys = list(keys(item))
        wave = max((next_wave[key] for key in item_keys), default=0)
        for key in item_keys:
            next_wave[key] = wave + 1
        if wave == len(result):
            result.append([])
        result[wave].append(item)
    return result


def grouped(items: Iterable[T], by: Callable[[T], Hashable]) -> list[list[T]]:
    """Groups of items with equal `by`; groups and items keep the order of arrival."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    return list(groups.values())


def by_options(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Groups of items with equal options, and so of one operation, in order of arrival."""
    if not isinstance(items, Run):
        return list(grouped(items, lambda item: (item.operation, item.options)))
    if items.is_uniform():
        return [items] if items else []
    positions: dict[bytes, list[int]] = {}
    for position, options in enumerate(items.options()):
        positions.setdefault(options, []).append(position)
    return [items.at(group) for group in positions.values()]


def cut(items: Sequence[Item], settings: EffectiveOperation) -> Iterator[Sequence[Item]]:
    """Runs of items within `batch_size` and `batch_bytes`; a larger item is a run of its own."""
    sizes = list(map(len, payloads(items)))
    # Each payload has a comma behind it.
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
    """The keys that occur more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}


def split(items: Run, special: Collection[bytes]) -> tuple[Sequence[int], Sequence[int]]:
    """Positions of the items whose contact is in `special`, and of the others."""
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
    """Chains of items that may become one: of one kind, with no other item of their keys between.

    An item joins the chain that has the latest item of each of its keys, or begins a new chain.
    """
    result: list[list[Item]] = []
    latest: dict[str, list[Item]] = {}
    for item in items:
        item_keys = list(keys(item))
        before = [latest[key] for key in item_keys if key in latest]
        chain = before[0] if before else []
        if not chain or kind(chain[-1]) != kind(item) or any(one is not chain for one in before):
            chain = []
            result.append(chain)
        chain.append(item)
        latest.update(dict.fromkeys(item_keys, chain))
    return result


def fold(
    chain: list[Item],
    merge_runs: Callable[[list[dict[str, Any]]], Iterable[tuple[dict[str, Any], list[int]]]],
) -> list[Item]:
    """The items that are left of a chain, after `merge_runs` has merged its payloads.

    `merge_runs` returns each merged payload with the positions of its parts. A merged item stands
    for the messages of all its parts.
    """
    if len(chain) == 1:
        return chain
    return [
        replace(
            chain[positions[0]],
            payload=compact_json(merged),
            messages=tuple(n for position in positions for n in chain[position].messages),
        )
        for merged, positions in merge_runs([json.loads(item.payload) for item in chain])
    ]


def json_array(name: str, items: Sequence[Item], around: Mapping[str, Any] | None = None) -> bytes:
    """A JSON object: the items' payloads as an array under `name`, then the fields of `around`."""
    array = b'{"%s":[%s]' % (name.encode(), b",".join(payloads(items)))
    return array + (b"," + compact_json(around)[1:] if around else b"}")
