"""Operations on many contacts: equal messages go in one call, with the contacts of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import compact_json
from batchline.systems.operation import EffectiveOperation
from batchline.systems.planning import cut, grouped, waves
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.addressees import NAMED, joined, values

Plan = Callable[[Sequence[Item], EffectiveOperation, Any], list[list[Request]]]


def plan(endpoints: Mapping[str, Endpoint]) -> Plan:
    """A plan: one call for all items of equal content in a wave, where each contact occurs once.

    `endpoints`: operation -> endpoint, for a lane may carry several operations. An item whose
    contacts only the API knows is sent alone, and no other item passes it.
    """

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: SalesmanagoAccount
    ) -> list[list[Request]]:
        return [
            [
                endpoints[group[0].operation].request(run)
                for group in grouped(wave, _content)
                for run in cut(group, settings)
            ]
            for stretch in _stretches(items)
            for wave in waves(stretch, _addressed)
        ]

    return plan


def _stretches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in order, cut before and after each item that must be alone."""
    stretch: list[Item] = []
    for item in items:
        if _kind(item) is not None:
            stretch.append(item)
            continue
        if stretch:
            yield stretch
        yield [item]
        stretch = []
    if stretch:
        yield stretch


def _kind(item: Item) -> str | None:
    """The addresseeType of the item's contacts; None for an item that must be alone.

    A call does not mix two types, for one contact may be in it under both.
    """
    message = json.loads(item.payload)
    kinds = {element["addresseeType"] for element in message.get("contacts", ())}
    if len(kinds) != 1 or message.get("excludeContacts"):
        return None
    (kind,) = kinds
    return kind if kind in NAMED else None


def _content(item: Item) -> tuple[str, str, str | None, str]:
    """The item's operation and content without its contacts: equal for items of one call."""
    content = json.loads(item.payload)
    content.pop("contacts", None)
    return item.operation, item.options, _kind(item), json.dumps(content, sort_keys=True)


def _addressed(item: Item) -> list[str]:
    """The contacts that the item names, lower-cased."""
    elements = json.loads(item.payload).get("contacts", ())
    return [value.lower() for element in elements for value in values(element)]


def body(items: Sequence[Item]) -> bytes:
    """The content of these equal items with the contacts of all, and the closing brace."""
    if len(items) == 1:
        return items[0].payload[1:]
    content = json.loads(items[0].payload)
    content["contacts"] = joined(
        element for item in items for element in json.loads(item.payload)["contacts"]
    )
    return compact_json(content)[1:]
