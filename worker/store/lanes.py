"""The lanes that ever held a message, as the set `lanes` names them."""

from __future__ import annotations

from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.store import Store


def known(store: Store) -> list[Lane]:
    """Every lane, sorted by its name; a member that names none is left out."""
    names = (one.decode(errors="replace") for one in _members(store))
    return [Lane.parse(name) for name in sorted(filter(is_lane, names))]


def malformed(store: Store) -> list[bytes]:
    """The members that name no lane."""
    return [one for one in _members(store) if not is_lane(one.decode(errors="replace"))]


def _members(store: Store) -> set[bytes]:
    members: Any = store.client.smembers(store.keys.lanes)
    return set(members)
