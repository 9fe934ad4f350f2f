"""Whether dead letters of a burst are left: replayed or purged, its trouble is over."""

from __future__ import annotations

import json
from typing import Any

from batchline.worker.store.letter_pages import PAGE, pages
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

#: Milliseconds by which a letter of the burst may be older than the trouble, which is noted after
#: it where a job's result kills.
EARLIER = 60_000


def remain(store: Store, trouble: Trouble) -> bool:
    """Whether a dead letter of this reason, account and operation died since the trouble began.

    The newest come first: mostly the first one looked at is of the burst.
    """
    lanes = f"{trouble.scope}:"
    for ids in _newest_first(store, trouble.since - EARLIER):
        for page in pages(store, ids):
            bodies: Any = store.client.hmget(store.keys.dead_body, page)
            for body in map(json.loads, filter(None, bodies)):
                if body["reason"] == trouble.row.reason and body["lane"].startswith(lanes):
                    return True
    return False


def _newest_first(store: Store, since: int) -> Any:
    """The ids of the letters that died since then, in pages; the first page is short."""
    start, size = 0, 10
    while True:
        page: Any = store.client.zrange(
            store.keys.dead, "+inf", since, byscore=True, desc=True, offset=start, num=size
        )
        if not page:
            return
        yield [one.decode() for one in page]
        start, size = start + len(page), PAGE
