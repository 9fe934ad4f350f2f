"""The results that are kept, for people: they are read, and stay for the groups of applications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchline.producers.result import Result, parse
from batchline.worker.store.store import Store

#: Results read in one call; ms of one wait for more.
PAGE = 1000
WAIT = 1000


def browse(store: Store, follow: bool = False) -> Iterator[Result]:
    """Every result that is kept, oldest first; with `follow` those that come later too."""
    last = b"0-0"
    while True:
        command: list[Any] = ["XREAD", "COUNT", PAGE]
        command += ["BLOCK", WAIT] if follow else []
        (reply,) = store.connections.send([*command, "STREAMS", store.keys.results, last])
        for entry in _entries(reply):
            last, result = parse(entry)
            yield result
        if not reply and not follow:
            return


def _entries(reply: Any) -> list[Any]:
    """The entries in an answer of XREAD, which is a list, a dictionary (RESP3) or nothing."""
    streams = list(reply.items()) if isinstance(reply, dict) else reply or []
    return [entry for _, entries in streams for entry in entries]
