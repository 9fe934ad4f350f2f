"""Operations on many contacts: equal ones in one call, with the contacts of all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation
from batchline.systems.planning import cut, grouped, waves
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.addressees import joined, values

Plan = Callable[[Sequence[Item], EffectiveOperation, Any], list[list[Request]]]

#: The types of contacts that a message names itself. Whom a tag, a funnel or a group means, only
#: the API knows: such a message is sent alone, and nothing passes it.
NAMED = ("EMAIL", "CONTACT_ID")


def plan(endpoints: Mapping[str, Endpoint]) -> Plan:
    """A plan: one call per equal content in each wave; the same contact is never twice in a wave.

    `endpoints`: by operation, for a lane may carry several.
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
    """The items in order, cut before and behind each that must be alone."""
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
    """The type of the contacts that the item names; None for one that must be alone.

    Two types are not mixed in one call: a contact may be there under both.
    """
    message = json.loads(item.payload)
    kinds = {element["addresseeType"] for element in message.get("contacts", ())}
    if len(kinds) != 1 or message.get("excludeContacts"):
        return None
    (kind,) = kinds
    return kind if kind in NAMED else None


def _content(item: Item) -> tuple[str, str, str | None, str]:
    """What the item says, without whom it says it to."""
    content = json.loads(item.payload)
    content.pop("contacts", None)
    return item.operation, item.options, _kind(item), json.dumps(content, sort_keys=True)


def _addressed(item: Item) -> list[str]:
    """The contacts that the item names, lower-cased."""
    elements = json.loads(item.payload).get("contacts", ())
    return [value.lower() for element in elements for value in values(element)]


def body(items: Sequence[Item]) -> bytes:
    """What these equal items say, to the contacts of all of them; with the closing brace."""
    if len(items) == 1:
        return items[0].payload[1:]
    content = json.loads(items[0].payload)
    content["contacts"] = joined(
        element for item in items for element in json.loads(item.payload)["contacts"]
    )
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()[1:]
