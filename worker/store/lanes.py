"""The lanes that ever held a message, as the set `lanes` names them."""

from __future__ import annotations

from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.store import Store

#: The types of a lane's keys.
STATE, STREAM = (b"hash", b"none"), (b"stream", b"none")


def known(store: Store) -> list[Lane]:
    """Every lane, sorted by its name.

    A member that names none is left out, and so is a lane with a key of a wrong type: nobody can
    read it until that is set aside (`mend_types` of `trouble.lua`).
    """
    members: Any = store.client.smembers(store.keys.lanes)
    names = sorted(filter(is_lane, (one.decode(errors="replace") for one in members)))
    pipeline: Any = store.client.pipeline(transaction=False)
    for name in names:
        pipeline.type(store.keys.state(name))
        pipeline.type(store.keys.stream(name))
    types = pipeline.execute()
    return [
        Lane.parse(name)
        for name, state, stream in zip(names, types[::2], types[1::2], strict=True)
        if state in STATE and stream in STREAM
    ]


def number(value: bytes | float | None) -> int:
    """A number of a lane's state; 0 where there is none, or where somebody wrote something else."""
    try:
        return int(float(value or 0))
    except (ValueError, OverflowError):
        return 0
