"""What Redis holds, as far as metrics show it, read in few round trips.

Nothing is read whole: no message, no dead letter, no list of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.exceptions import RedisError, ResponseError

from batchline.producers.lanes import Lane, enqueued_at
from batchline.worker.store import lane_states, redis_clock
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.pause import paused
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store
from batchline.worker.troubles import trouble as troubles

NEXT_PARKED = Script("next_parked")
#: Reason of a parked message (`producers/letter_body.py`) -> why, as the label says it.
PARKED = {
    "contact_missing": "contact",
    "delayed": "delayed",
    "behind": "behind",
    "suspected": "suspected",
    "ambiguous": "ambiguous",
}
#: Parked messages looked at, those that come back next.
MOST_PARKED = 1000
#: Milliseconds since its last look at the due lanes after which a worker is gone.
GONE = 30_000
#: UNIX ms before which nothing was due: a lane with such a time is due at once (`resume.lua`).
AT_ONCE = 10**12


@dataclass(frozen=True, slots=True)
class Server:
    """One Redis; a number that it does not show is None."""

    memory: int | None = None
    most: int | None = None
    evicted: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The store at one moment."""

    #: UNIX ms of Batchline's clock.
    now: int
    lanes: Sequence[LaneState] = ()
    #: Paused scope -> reason.
    paused: Mapping[str, str] = field(default_factory=dict)
    #: Account and operation -> the states ("open", "half") of the breakers that are not closed: its
    #: own, and its host's where a lane waits with that.
    breakers: Mapping[tuple[str, str], set[str]] = field(default_factory=dict)
    #: Lane and UNIX ms of acceptance of parked messages, and why they are.
    parked: Sequence[tuple[Lane, int, str]] = ()
    #: Account and UNIX ms, of the first message of each open job.
    jobs: Sequence[tuple[str, int]] = ()
    #: Workers that looked for due lanes of late.
    workers: int = 0
    #: Kind -> how many such troubles last.
    troubles: Mapping[str, int] = field(default_factory=dict)
    #: Account -> `max_age` in seconds.
    max_age: Mapping[str, float] = field(default_factory=dict)
    #: Role -> the server; None: it does not answer.
    servers: Mapping[str, Server | None] = field(default_factory=dict)


def read(store: Store, broker: redis.Redis, max_age: Mapping[str, float]) -> Reading:
    """The store now. Where the lanes' Redis does not answer, the reading says that alone."""
    servers = {"lanes": _server(store.client), "broker": _server(broker)}
    if servers["lanes"] is None:
        return Reading(0, servers=servers)
    try:
        now = redis_clock.now(store)
        found = lane_states.read(store)
        return Reading(
            now,
            found,
            paused(store),
            _breakers(store, found),
            _parked(store),
            _jobs(store),
            _workers(store, now),
            Counter(one.kind for one in troubles.read(store) if one.told),
            max_age,
            servers,
        )
    except RedisError:
        return Reading(0, servers={**servers, "lanes": None})


def _breakers(store: Store, found: Sequence[LaneState]) -> dict[tuple[str, str], set[str]]:
    wanted = {
        (key, one.lane.account, one.lane.operation)
        for one in found
        for key in (store.keys.breaker(*one.lane[:2]), one.texts.get("waits_with"))
        if key
    }
    keys = sorted({key for key, _, _ in wanted})
    pipeline: Any = store.client.pipeline(transaction=False)
    for key in keys:
        pipeline.hget(key, "state")
    answers = pipeline.execute(raise_on_error=False)
    states = {key: one for key, one in zip(keys, answers, strict=True) if isinstance(one, bytes)}
    breakers: dict[tuple[str, str], set[str]] = {}
    for key, account, operation in wanted:
        if key in states:
            state = states[key].decode(errors="replace")
            breakers.setdefault((account, operation), set()).add(state)
    return breakers


def _parked(store: Store) -> list[tuple[Lane, int, str]]:
    keys = [store.keys.parked, store.keys.parked_body]
    answer = NEXT_PARKED(store, keys, [MOST_PARKED])
    found = []
    for member, reason in zip(*[iter(answer)] * 2, strict=True):
        message_id, why = member.decode(errors="replace"), PARKED.get(reason.decode())
        lane = message_id.partition("@")[0]
        if why is not None and is_lane(lane):
            found.append((Lane.parse(lane), enqueued_at(message_id), why))
    return found


def _jobs(store: Store) -> list[tuple[str, int]]:
    names: Any = store.client.zrange(store.keys.jobs, 0, -1)
    found = []
    for name in names:
        account, _, rest = name.decode(errors="replace").partition(":")
        millis = rest.rpartition("@")[2].partition("-")[0]
        if millis.isdigit():
            found.append((account, int(millis)))
    return found


def _workers(store: Store, now: int) -> int:
    client: Any = store.client
    return int(client.zcount(store.keys.workers, now - GONE, "+inf"))


def _server(client: redis.Redis) -> Server | None:
    untyped: Any = client
    try:
        untyped.ping()
        memory, stats = untyped.info("memory"), untyped.info("stats")
    except ResponseError:
        return Server()  # a managed Redis, which does not show it
    except RedisError:
        return None
    return Server(
        memory.get("used_memory"), memory.get("maxmemory") or None, stats.get("evicted_keys")
    )
