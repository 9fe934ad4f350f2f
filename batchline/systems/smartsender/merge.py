"""Merges messages about one subject into one item, at the position of the first message.

A subject is the values of a contact, or one tag of a contact. The order of subjects matters only to
a funnel, which reads values and tags when it starts; an item that comes early takes none away.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import request_fields
from batchline.systems.planning import fold, grouped


def merge(items: Sequence[Item]) -> list[Item]:
    """Updates of one contact become one; of messages about one tag of a contact, the last remains.

    Messages about funnels are not merged: to remove and add a contact starts the funnel again.
    """
    return [merged for group in grouped(items, _subject) for merged in _merged(group)]


def merge_values(updates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One `values` for several updates: for each key the last value wins.

    The effect on a contact is theirs one after the other, if the values are valid. The API skips
    the key of an invalid value and does not report it, and an earlier valid value is not sent.
    """
    return {"values": {k: v for update in updates for k, v in update["values"].items()}}


def _subject(item: Item) -> Hashable:
    """The item's subject; unlike any other's where every message counts."""
    if item.operation == "contact.update":
        return item.contact
    if item.operation in ("tag.add", "tag.remove"):
        return item.contact, request_fields(item.options)["tagId"]
    return item.messages


def _merged(group: list[Item]) -> list[Item]:
    if group[0].operation == "contact.update":
        return fold(group, lambda updates: [(merge_values(updates), list(range(len(updates))))])
    return [replace(group[-1], messages=tuple(n for item in group for n in item.messages))]
