"""Dead letters that nobody has seen: a person says so, with `batchline dead seen`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from batchline.worker.store import lanes
from batchline.worker.store.letter_pages import pages
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

#: Letters whose reasons are counted, the newest.
MOST_COUNTED = 100


def find(store: Store) -> Trouble | None:
    """The trouble that letters died which nobody has seen; None where there are none."""
    since = _after(store)
    count = int(store.client.zcount(store.keys.dead, since, "+inf"))
    oldest: Any = store.client.zrangebyscore(store.keys.dead, since, "+inf", 0, 1, withscores=True)
    newest: Any = store.client.zrevrangebyscore(store.keys.dead, "+inf", since, 0, MOST_COUNTED)
    if not (count and oldest):
        return None
    ids = [one.decode(errors="replace") for one in newest]
    detail = _by_reason(store, ids)
    if count > len(ids):
        detail = f"of the newest {len(ids)}: {detail}"
    at = round(oldest[0][1])
    return Trouble("unseen", "dead letters", at, at, 1, count, "", detail)


def are_seen(store: Store) -> Trouble | None:
    """Note that a person has seen all letters so far; those that nobody had seen before."""
    found = find(store)
    newest: Any = store.client.zrevrange(store.keys.dead, 0, 0, withscores=True)
    if newest:
        store.client.set(store.keys.dead_seen, round(newest[0][1]))
    return found


def _after(store: Store) -> str:
    """The least score of a letter that nobody has seen, as Redis takes it."""
    seen: Any = store.client.get(store.keys.dead_seen)
    return f"({lanes.number(seen)}"


def _by_reason(store: Store, ids: list[str]) -> str:
    """As in "3 rejected, 1 expired"."""
    counts: Counter[str] = Counter()
    for page in pages(store, ids):
        bodies: Any = store.client.hmget(store.keys.dead_body, page)
        counts.update(_reason(body) for body in bodies if body is not None)
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())


def _reason(body: bytes) -> str:
    """The reason of a letter's body."""
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "unreadable"  # somebody else wrote it
