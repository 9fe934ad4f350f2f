"""Dead letters in Redis: finds, reads, replays, purges and changes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from batchline.producers.settings import Settings
from batchline.worker.dead_letters.filter import EVERY, Filter
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.store import redis_clock
from batchline.worker.store.letter_pages import PAGE, pages
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import REPLAYED, REPLAYED_SUPERSEDED
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

REPLAY = Script("replay")
PURGE = Script("purge")
EDIT = Script("edit")


class Chosen(NamedTuple):
    """A letter that a filter has chosen."""

    id: str
    reason: str


class Bulk(NamedTuple):
    """The bulk act of which letters are a page (`bulk.py`)."""

    name: str
    #: The lease of the worker that is at it.
    token: str
    #: The members of the sorted set of what is left (`Keys.bulk_ids`), for these letters.
    page: Sequence[str]

    def to_json(self, foreign: int = 0) -> str:
        """As `replay.lua` and `purge.lua` take it; `foreign`: letters that stay."""
        return json.dumps({"token": self.token, "page": self.page, "foreign": foreign})

    def keys(self, store: Store) -> list[str]:
        """The keys that the scripts take of it."""
        keys = store.keys
        return [keys.bulk_act(self.name), keys.bulk_ids(self.name), keys.bulk_open]


class NotOurs(Exception):
    """The bulk act was stopped, or another worker has taken it: nothing is changed."""


class Replayed(NamedTuple):
    """What became of letters that were to be replayed; the others were changed meanwhile."""

    done: int
    #: Letters that stay: their account belongs to another system now than they were made for.
    foreign: int = 0
    #: Letters that stay: the application has sent their messages anew.
    anew: int = 0


def show(store: Store, message_id: str) -> DeadLetter | None:
    """The dead letter of that message id, or None."""
    return next(read(store, [message_id]), None)


def read(store: Store, ids: Sequence[str]) -> Iterator[DeadLetter]:
    """The letters of these ids, in this order; an id that is no dead letter is passed over."""
    for page in pages(store, ids):
        pipeline: Any = store.client.pipeline(transaction=True)
        pipeline.hmget(store.keys.dead_body, page)
        pipeline.zmscore(store.keys.dead, page)
        pipeline.mget([store.keys.key_of + message_id for message_id in page])
        for message_id, body, died_at, key in zip(page, *pipeline.execute(), strict=True):
            if body is not None and died_at is not None:
                letter = DeadLetter.read(message_id, int(died_at), body)
                yield letter if key is None else replace(letter, idempotency_key=key.decode())


class Page(NamedTuple):
    """A page of letters."""

    letters: list[DeadLetter]
    #: How many were looked at, and UNIX ms of the death of the last of them.
    looked: int
    last: int


def find(store: Store, wanted: Filter = EVERY) -> Iterator[DeadLetter]:
    """The dead letters that fit, in the order in which they were given up on."""
    start: int | str = "-inf"
    end: int | str = "+inf"
    if wanted.since is not None:
        start = redis_clock.now(store) - round(wanted.since * 1000)
    if wanted.until is not None:
        end = redis_clock.now(store) - round(wanted.until * 1000)
    for page in find_pages(store, start, end):
        yield from (letter for letter in page.letters if wanted.fits(letter))


def find_pages(store: Store, start: int | str, end: int | str) -> Iterator[Page]:
    """The letters that died between these UNIX ms, page by page, in the order of their death."""
    seen: set[bytes] = set()
    while True:
        page: Any = store.client.zrange(
            store.keys.dead,
            start,
            end,
            byscore=True,
            withscores=True,
            offset=0,
            num=PAGE + len(seen),
        )
        fresh = [id_.decode() for id_, _ in page if id_ not in seen]
        if not fresh:
            return
        yield Page(list(read(store, fresh)), len(fresh), int(page[-1][1]))
        start = page[-1][1]
        seen = {id_ for id_, at in page if at == start}


def choose(store: Store, wanted: Filter = EVERY, limit: int | None = None) -> list[Chosen]:
    """The letters that fit, in the order in which the messages were enqueued; the first `limit`."""
    chosen = [Chosen(letter.id, letter.reason) for letter in find(store, wanted)]
    return sorted(chosen, key=lambda letter: in_order(letter.id))[:limit]


def named(store: Store, ids: Iterable[str]) -> list[Chosen]:
    """The dead letters among these ids, in the order in which they were enqueued."""
    letters = [Chosen(letter.id, letter.reason) for letter in read(store, sorted(set(ids)))]
    return sorted(letters, key=lambda letter: in_order(letter.id))


def act(
    store: Store,
    what: Literal["replay", "purge"],
    ids: Iterable[str],
    window: float = 0.0,
    told: str = "",
) -> int:
    """Replay (to the tail of their lanes, in this order) or purge letters; return how many.

    `window`, `told`: as in `purge`.
    """
    parts = pages(store, list(ids))
    if what == "replay":
        return sum(replay(store, page).done for page in parts)
    return sum(purge(store, page, window, told) for page in parts)


def replay(
    store: Store,
    ids: Sequence[str],
    superseded: bool = False,
    systems: Mapping[str, str] | None = None,
) -> Replayed:
    """Send letters again, in this order; return what became of them.

    Each gets all its tries anew and keeps its history. `superseded`: a letter is sent even if a
    newer message of its contact was sent since, where it then becomes a dead letter again else, and
    even if the application has sent its message anew, where it stays else.
    `systems`: account -> its system; a letter that was made for another one stays.
    """
    parts = [_replay(store, page, superseded, systems or {}) for page in pages(store, ids)]
    return Replayed(*map(sum, zip(*parts, strict=True))) if parts else Replayed(0)


def replay_page(
    store: Store, ids: Sequence[str], superseded: bool, systems: Mapping[str, str], bulk: Bulk
) -> Replayed:
    """Replay a page of a bulk act, in one step with counting it as done.

    Raises NotOurs.
    """
    return _replay(store, ids, superseded, systems, bulk)


def _replay(
    store: Store,
    ids: Sequence[str],
    superseded: bool,
    systems: Mapping[str, str],
    bulk: Bulk | None = None,
) -> Replayed:
    now, detail = redis_clock.now(store), REPLAYED_SUPERSEDED if superseded else REPLAYED
    arguments: list[Argument] = []
    foreign = anew = 0
    for letter in read(store, ids):
        if not letter.is_readable:
            continue
        if letter.system and systems.get(letter.lane.account, letter.system) != letter.system:
            foreign += 1
            continue
        if letter.anew and not superseded:
            anew += 1
            continue
        meta = replace(letter.meta, tries=0).with_event(now, detail)
        arguments += [letter.id, letter.fingerprint, meta.to_json()]
    keys = [
        store.keys.dead,
        store.keys.dead_body,
        store.keys.due,
        store.keys.lanes,
        store.keys.journal,
    ]
    head = [store.keys.start, bulk.to_json(foreign + anew) if bulk else ""]
    reply: Any = REPLAY(store, keys + (bulk.keys(store) if bulk else []), [*head, *arguments])
    if reply is None:
        raise NotOurs
    done, passed_over = map(int, reply)
    return Replayed(done, foreign + passed_over, anew)


def purge(
    store: Store, ids: Sequence[str], window: float, told: str = "", bulk: Bulk | None = None
) -> int:
    """Delete letters for good, at most `PAGE` of them; return how many there were.

    `window`: seconds for which an idempotency key is known (`idempotency_window`). `told`: of which
    of them the application is told (`told_of`); "": of none. `bulk`: the act of which they are a
    page; then it raises NotOurs.
    """
    keys = [store.keys.dead, store.keys.dead_body, store.keys.journal]
    arguments: list[Argument] = [store.keys.start, round(window * 1000), told]
    arguments.append(bulk.to_json() if bulk else "")
    reply: Any = PURGE(store, keys + (bulk.keys(store) if bulk else []), [*arguments, *ids])
    if reply is None:
        raise NotOurs
    return int(reply)


def told_of(settings: Settings) -> str:
    """The argument `told` of `purge.lua`: the operations whose results the application is told."""
    lanes = {
        f"{name}:{operation}": True
        for name, account in settings.accounts.items()
        for operation, own in account.operations.items()
        if own.results
    }
    return json.dumps({"lanes": lanes, "length": settings.results_length}) if lanes else ""


def put(store: Store, old: DeadLetter, new: DeadLetter) -> bool:
    """Replace the old letter with the new; False when the old one was changed since it was read."""
    keys = [
        store.keys.dead_body,
        store.keys.lanes,
        store.keys.journal,
        store.keys.state(old.lane),
        store.keys.state(new.lane),
    ]
    arguments = [old.id, old.fingerprint, new.to_json(), str(old.lane), str(new.lane)]
    return bool(EDIT(store, keys, arguments))
