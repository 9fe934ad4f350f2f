"""An erasure as a named act: ordered by a person, carried out by the command or by any worker.

It is done in passes over everything, until one finds nothing. Each page is erased and counted in
one step: so whoever goes on after a worker that died does nothing twice. The act knows keyed hashes
alone. While it runs, the contact is suppressed: a batch that is on its way is settled by its
worker, and what is claimed after that is dropped.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.producers.suppression import ALL, hashed
from batchline.systems.errors import BatchlineError
from batchline.systems.identities import Identity
from batchline.worker.erasure import messages, traces
from batchline.worker.erasure.messages import Stopped, Work
from batchline.worker.erasure.whom import Whom
from batchline.worker.store import acts, lanes, redis_clock, suppression
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

TAKE = Script("erase_take")
#: Acts that are remembered.
KEPT = 100
#: Seconds for which the contact is suppressed where nobody asks for longer: an erasure may be left
#: by its worker, and go on.
WHILE = 3600.0
#: Seconds between two looks at lanes whose worker was sending when the act began.
LOOK_EVERY = 0.05
#: Places of which nothing has to be erased for the act to be done.
STAYS = ("withdrawals", "unreadable")

#: Place -> what is counted there, for people.
PLACES = {
    "waiting": "waiting in lanes",
    "parked": "parked",
    "dead": "dead letters",
    "jobs": "in open jobs",
    "mentions": "messages about others that name it",
    "results": "results",
    "keys": "idempotency keys",
    "ids": "ids of the API",
    "bulk acts": "bulk acts by a filter that names it",
    "texts": "reasons and other texts",
    "set aside": "set aside",
    "unreadable": "that cannot be read, and stay: workers set parked ones aside",
    "withdrawals": "deletions and the like, which stay until they are sent",
}

#: Sleeps for so many seconds, and says whether to stop.
Wait = Callable[[float], bool]


class NoErasure(BatchlineError):
    """There is no erasure of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no erasure {name!r}: batchline erase --list shows them")


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it is now. Times are UNIX ms; 0: not yet."""

    name: str
    #: "running" or "done".
    state: str
    who: str
    #: Kinds and beginnings of the keyed hashes.
    whom: str
    account: str
    ordered: int
    ended: int
    #: Place -> what was erased there.
    erased: dict[str, int]
    #: Messages that stay: they only take something of the contact away.
    withdrawals: int


def count(store: Store, settings: Settings, whom: Whom) -> dict[str, int]:
    """Where the contact stands now: place -> how many."""
    work = Work(store, settings, whom)
    _pass(work)
    return dict(work.found)


def whom_of(
    store: Store, found: Iterable[Identity], account: str = ALL, keeps_mentions: bool = False
) -> Whom:
    """Whom these identifiers name."""
    return Whom.of(suppression.key_of(store), found, account, keeps_mentions)


def order(
    store: Store,
    found: Sequence[Identity],
    who: str,
    account: str = ALL,
    keeps_mentions: bool = False,
    stays: bool = True,
    seconds: float = 0.0,
) -> Erasure:
    """Order an erasure; a worker begins it at once.

    `stays`: whether the contact stays on the suppression list, for ever or for so many seconds.
    """
    key = suppression.key_of(store)
    whom = Whom.of(key, found, account, keeps_mentions)
    every = sorted(set(found))
    label = suppression.labels(every, [hashed(key, ALL, one) for one in every])
    _suppress(store, every, who, account, stays, seconds)
    now = redis_clock.now(store)
    name = f"erase-{now // 1000}-{secrets.token_hex(2)}"
    fields = {
        "name": name,
        "state": "running",
        "who": who,
        "whom": label,
        "account": account,
        "hashes": json.dumps(sorted(whom.hashes)),
        "keeps_mentions": int(keeps_mentions),
        "ordered": now,
    }
    pipeline: Any = store.client.pipeline(transaction=True)
    pipeline.hset(store.keys.erase_act(name), mapping=fields)
    pipeline.zadd(store.keys.erase, {name: now})
    pipeline.sadd(store.keys.erase_open, name)
    pipeline.execute()
    acts.write(store, who, "erased", label, detail=name)
    _forget(store)
    return got(store, name)


def _suppress(
    store: Store, found: Sequence[Identity], who: str, account: str, stays: bool, seconds: float
) -> None:
    if stays:
        suppression.add(store, found, who, account, seconds, "erased")
        return
    # Who is on the list for longer stays there.
    listed = {one.hash for one in suppression.check(store, found, account)}
    key = suppression.key_of(store)
    fresh = [one for one in found if hashed(key, account, one) not in listed]
    if fresh:
        suppression.add(store, fresh, who, account, WHILE, "while it is erased")


def work(store: Store, settings: Settings, wait: Wait, only: str = "") -> bool:
    """Take an erasure (`only`: this one) and go on with it until it is done.

    It ends before that when `wait` says to stop: then another worker goes on. Returns whether
    there was one to take.
    """
    token = f"{store.owner}-{secrets.token_hex(6)}"
    keys = [store.keys.erase_open]
    taken: Any = TAKE(store, keys, [store.keys.start, token, only])
    if taken is None:
        return False
    name = taken.decode()

    def pause(seconds: float) -> None:
        if wait(seconds):
            store.client.hdel(store.keys.erase_act(name), "lease")
            raise Stopped
        if TAKE(store, keys, [store.keys.start, token, name]) is None:
            raise Stopped

    with suppress(Stopped):
        _run(store, settings, name, pause)
    return True


def _run(store: Store, settings: Settings, name: str, pause: Callable[[float], None]) -> None:
    act = store.keys.erase_act(name)
    raw: Any = store.client.hgetall(act)
    fields = {one.decode(): value.decode() for one, value in raw.items()}
    whom = Whom(
        suppression.key_of(store),
        frozenset(json.loads(fields["hashes"])),
        fields["account"],
        fields["keeps_mentions"] == "1",
    )
    leases = _leases(store, whom)
    while True:
        work = Work(store, settings, whom, act, pause)
        _pass(work)
        while leases:
            leases = {name: one for name, one in leases.items() if _lease(store, name) == one}
            pause(LOOK_EVERY if leases else 0)
            if not leases:
                work.found["lanes that were being sent"] += 1  # look at what they have left
        if not any(count for place, count in work.found.items() if place not in STAYS):
            break
    traces.contacts(work)
    now = redis_clock.now(store)
    pipeline: Any = store.client.pipeline(transaction=True)
    pipeline.hset(act, mapping={"state": "done", "ended": now})
    pipeline.hset(act, "withdrawals", work.found["withdrawals"])
    pipeline.hdel(act, "token", "lease")
    pipeline.srem(store.keys.erase_open, name)
    pipeline.execute()


def _pass(work: Work) -> None:
    """Everything once; where messages may come back to is looked at after where they come from."""
    messages.outside(work, "parked")
    messages.lanes_of(work)
    messages.jobs(work)
    messages.outside(work, "dead")
    for place in (traces.results, traces.keys_and_ids, traces.orders, traces.texts):
        place(work)


def _leases(store: Store, whom: Whom) -> dict[str, bytes]:
    """Lane -> the lease under which somebody may be sending."""
    names = [str(one) for one in lanes.known(store) if whom.takes(one.account)]
    found = {name: _lease(store, name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _lease(store: Store, lane: str) -> bytes | None:
    """The lane's lease, while it lasts."""
    found: Any = store.client.hmget(store.keys.state(lane), "token", "until")
    token, until = found
    if token is None or int(float(until or 0)) <= redis_clock.now(store):
        return None
    return bytes(token)


def got(store: Store, name: str) -> Erasure:
    """The erasure of that name. Raises NoErasure."""
    raw: Any = store.client.hgetall(store.keys.erase_act(name))
    if not raw:
        raise NoErasure(name)
    fields = {one.decode(): value.decode(errors="replace") for one, value in raw.items()}
    erased = Counter(
        {
            one.removeprefix("erased:"): int(value)
            for one, value in fields.items()
            if one.startswith("erased:")
        }
    )
    return Erasure(
        name,
        fields["state"],
        fields["who"],
        fields["whom"],
        fields["account"],
        int(fields["ordered"]),
        int(fields.get("ended", 0)),
        dict(erased),
        int(fields.get("withdrawals", 0)),
    )


def every(store: Store) -> list[Erasure]:
    """The erasures that are remembered, the newest first."""
    names: Any = store.client.zrange(store.keys.erase, 0, -1, desc=True)
    return [got(store, name.decode()) for name in names]


def _forget(store: Store) -> None:
    """Forget the oldest that are done."""
    names: Any = store.client.zrange(store.keys.erase, 0, -1 - KEPT)
    for name in names:
        if not store.client.sismember(store.keys.erase_open, name):
            store.client.delete(store.keys.erase_act(name.decode()))
            store.client.zrem(store.keys.erase, name)
