"""Whether dead letters of a burst are left: replayed or purged, its trouble is over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store import lane_states
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.letter_pages import pages
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

#: Milliseconds by which a letter of the burst may be older than the trouble, which is noted after
#: it where a job's result kills.
EARLIER = 60_000
#: Letters that are looked at, the newest. Behind them nobody looks: whoever does holds the thread
#: that gives the lanes out, and there may be a million. Of large ones fewer: those of one page.
MOST = 500


def remain(store: Store, trouble: Trouble, lanes: Iterable[Lane]) -> bool:
    """Whether a dead letter of this reason, account and operation died since the trouble began.

    The scripts count the letters of a lane by their reason: where there are none, none is left.
    Where older ones are left the newest are looked at. Among more than `MOST` that died since then
    it counts as left: then the trouble is over when it has been quiet. `lanes`: all, as far as they
    are known; their counters are read anew, for the trouble may be younger.
    """
    counter, scope = f"dead_{trouble.row.reason}", f"{trouble.scope}:"
    names = [str(one) for one in lanes if f"{one}:".startswith(scope)]
    if names and not any(_may_have(one, counter) for one in lane_states.read(store, names)):
        return False
    since, client = trouble.since - EARLIER, store.client
    ids: Any = client.zrevrangebyscore(store.keys.dead, "+inf", since, start=0, num=MOST)
    page = next(pages(store, [one.decode(errors="replace") for one in ids]), ())
    found = any(
        reason == trouble.row.reason and lane.startswith(scope)
        for lane, reason in _bodies(store, page)
    )
    return found or len(ids) == MOST or len(page) < len(ids)


def _may_have(state: LaneState, counter: str) -> bool:
    """Whether the lane has such a letter; or one that was counted without its reason."""
    by_reason = sum(
        max(0, number) for name, number in state.numbers.items() if name.startswith("dead_")
    )
    return state[counter] > 0 or state["dead"] > by_reason


def _bodies(store: Store, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Lane and reason of these letters, as far as they can be read."""
    bodies: Any = store.client.hmget(store.keys.dead_body, list(ids)) if ids else []
    for text in filter(None, bodies):
        try:
            body = json.loads(text)
            yield f"{body['lane']}:", str(body["reason"])
        except (ValueError, LookupError, TypeError, RecursionError):
            continue  # somebody else wrote it
