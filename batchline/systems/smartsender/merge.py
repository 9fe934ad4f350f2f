"""What several messages say about one thing is one item, in the place of the first.

The things are the values of a contact, and one tag of a contact. Between them order matters only
in what a funnel finds when it starts; an item that comes early leaves nothing out of that.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import request_fields
from batchline.systems.planning import fold, grouped


def merge(items: Sequence[Item]) -> list[Item]:
    """Updates of one contact become one, and of what is said about a tag the last is left.

    A funnel is not merged: leaving and entering starts it anew.
    """
    return [merged for group in grouped(items, _subject) for merged in _merged(group)]


def merge_values(updates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One `values` for several: by key, the last wins.

    That does to a contact what they do one after the other, if their values are valid. Of an
    invalid one the API says nothing: it skips the key, and a valid value before it is not sent.
    """
    return {"values": {k: v for update in updates for k, v in update["values"].items()}}


def _subject(item: Item) -> Hashable:
    """What the item is about; itself where every message counts."""
    if item.operation == "contact.update":
        return item.contact
    if item.operation in ("tag.add", "tag.remove"):
        return item.contact, request_fields(item.options)["tagId"]
    return item.messages


def _merged(group: list[Item]) -> list[Item]:
    if group[0].operation == "contact.update":
        return fold(group, lambda updates: [(merge_values(updates), list(range(len(updates))))])
    return [replace(group[-1], messages=tuple(n for item in group for n in item.messages))]
