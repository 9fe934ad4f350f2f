"""The suppression list in Redis: who is on it, added and taken off (`producers/suppression.py`)."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.suppression import ALL, fields, hashed, name_of
from batchline.systems.identities import Identity
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

SUPPRESS = Script("suppress")
#: Entries that a worker keeps in its memory; of a longer list it asks for each batch.
KEPT = 50_000
#: Characters of a reason that are kept.
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One identifier on the list."""

    #: The keyed hash that stands for it.
    hash: str
    kind: str
    #: The account for which it is suppressed; `ALL`: for every one.
    account: str
    who: str
    why: str
    #: UNIX ms since when, and until when; 0: for ever.
    at: int
    until: int


def key_of(store: Store) -> str:
    """The key of the hashes; made when it is first asked for."""
    found: Any = store.client.hget(store.keys.suppressed_key, "key")
    if found is None:
        store.client.hsetnx(store.keys.suppressed_key, "key", secrets.token_hex(32))
        found = store.client.hget(store.keys.suppressed_key, "key")
    return str(found.decode())


def add(
    store: Store,
    found: Iterable[Identity],
    who: str,
    account: str = ALL,
    seconds: float = 0.0,
    why: str = "",
) -> int:
    """Suppress these identifiers, for ever or for so many seconds; return how many they are."""
    key, every = key_of(store), sorted(set(found))
    hashes = [hashed(key, account, one) for one in every]
    about = {
        "who": who,
        "why": why[:LONGEST_REASON],
        "of": [[one.kind, account] for one in every],
    }
    lasts = max(1, round(seconds * 1000)) if seconds else 0
    done = _call(store, "add", lasts, key, json.dumps(about), hashes)
    acts.write(store, who, "suppressed", labels(every, hashes), detail=_scope(account, seconds))
    return done


def remove(store: Store, found: Iterable[Identity], who: str, account: str = ALL) -> int:
    """Take these identifiers off the list; return how many of them stood there."""
    key, every = key_of(store), sorted(set(found))
    hashes = [hashed(key, account, one) for one in every]
    done = _call(store, "remove", 0, key, "", hashes)
    if done:
        acts.write(store, who, "suppressed no more", labels(every, hashes), detail=_scope(account))
    return done


def remove_hash(store: Store, hash_: str, who: str) -> bool:
    """Take the entry of this hash off the list; whether there was one."""
    done = _call(store, "remove", 0, key_of(store), "", [hash_])
    if done:
        acts.write(store, who, "suppressed no more", hash_[:8])
    return bool(done)


def look(store: Store) -> None:
    """Take off the list whose time is over, and see that every script knows of the list."""
    if store.client.exists(store.keys.suppressed) or store.client.hexists(
        store.keys.clock, "listed"
    ):
        _call(store, "look", 0, key_of(store), "", ())


def every(store: Store) -> list[Entry]:
    """Who is on the list, the newest first."""
    rows = store.client.hscan_iter(store.keys.suppressed, count=1000)
    found = [_entry(hash_.decode(), value) for hash_, value in rows]
    now = redis_clock.now(store)
    return sorted((one for one in found if _lasts(one.until, now)), key=lambda one: -one.at)


def check(store: Store, found: Iterable[Identity], account: str) -> list[Entry]:
    """The entries by which a message to this account, about one of these, is refused."""
    wanted = fields(key_of(store), account, found)
    values: Any = store.client.hmget(store.keys.suppressed, wanted) if wanted else []
    entries = [_entry(one, value) for one, value in zip(wanted, values, strict=True) if value]
    now = redis_clock.now(store)
    return [one for one in dict.fromkeys(entries) if _lasts(one.until, now)]


def labels(found: Sequence[Identity], hashes: Sequence[str]) -> str:
    """Who is meant, for people who may not know it: kind and beginning of the keyed hash."""
    pairs = zip(found, hashes, strict=True)
    return ", ".join(f"{one.kind} #{hash_[:8]}" for one, hash_ in pairs)


class Known:
    """The list as one worker process has last read it; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed = ""
        self._key = ""
        #: Hash -> UNIX ms until which it is suppressed; None: the list is too long to be kept.
        self._until: dict[str, int] | None = {}

    def among(
        self, store: Store, listed: str, account: str, found: Sequence[Collection[Identity]]
    ) -> list[set[Identity]]:
        """Of each of these sets, those that are suppressed; `listed`: what a script has said."""
        with self._lock:
            if listed != self._listed:
                self._read(store)
                self._listed = listed
            key, known = self._key, self._until
        now = redis_clock.now(store)
        rows = [[(one, fields(key, account, [one])) for one in ones] for ones in found]
        if known is None:
            wanted = sorted({name for row in rows for _, names in row for name in names})
            values: Any = store.client.hmget(store.keys.suppressed, wanted) if wanted else []
            pairs = zip(wanted, values, strict=True)
            known = {name: _until(value) for name, value in pairs if value is not None}
        until = known
        return [
            {
                one
                for one, names in row
                if any(name in until and _lasts(until[name], now) for name in names)
            }
            for row in rows
        ]

    def _read(self, store: Store) -> None:
        self._key, self._until = key_of(store), None
        if store.client.hlen(store.keys.suppressed) <= KEPT:
            values: Any = store.client.hgetall(store.keys.suppressed)
            self._until = {name.decode(): _until(value) for name, value in values.items()}


def _call(store: Store, what: str, lasts: int, key: str, about: str, hashes: Sequence[str]) -> int:
    keys = [store.keys.suppressed, store.keys.suppressed_key]
    arguments: list[Argument] = [what, lasts, name_of(key), about, *hashes]
    return int(SUPPRESS(store, keys, arguments))


def _entry(hash_: str, value: bytes) -> Entry:
    until, _, text = value.decode(errors="replace").partition(" ")
    about = json.loads(text or "{}")
    kind, account, who, why = (str(about.get(one, "")) for one in ("kind", "account", "who", "why"))
    return Entry(hash_, kind, account, who, why, int(about.get("at", 0)), int(until))


def _until(value: bytes) -> int:
    return int(value.partition(b" ")[0])


def _lasts(until: int, now: int) -> bool:
    return until == 0 or until > now


def _scope(account: str, seconds: float = 0.0) -> str:
    where = "all accounts" if account == ALL else account
    return f"{where}, for {seconds:g} s" if seconds else where
