"""Dead letters for a page: the newest first, a page at a time, however many there are.

Redis knows the order of their deaths. Whatever else a filter asks is seen in the letters, so a page
looks at a bounded number of them, says how far it has looked, and the next one goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import EVERY, Filter
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.store import redis_clock
from batchline.worker.store.store import Store

#: Letters of a page.
SIZE = 50
#: Letters that a page looks at, and their bytes, about: so it costs some 100 ms at most.
MOST_LOOKED = 5_000
MOST_BYTES = 16_000_000
#: Letters looked at in one call.
STEP = 500
_CURSOR = re.compile(r"(\d{1,15}),(\S{1,300})", re.ASCII)

#: Whether a letter meets the conditions that its text is asked for.
Fits = Callable[[DeadLetter], bool]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place among the dead letters: behind this one."""

    #: UNIX ms of its death.
    died_at: int
    id: str

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor of a text of `str`; None where it is none."""
        match = _CURSOR.fullmatch(text)
        return cls(int(match[1]), match[2]) if match else None

    def __str__(self) -> str:
        return f"{self.died_at},{self.id}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of dead letters."""

    letters: tuple[DeadLetter, ...]
    #: How many letters were looked at, and where the next page goes on; None: there is no more.
    looked: int
    next: Cursor | None
    #: Dead letters that there are, whatever the filter.
    of: int
    #: UNIX ms at which it was read.
    now: int

    @property
    def looks_on(self) -> bool:
        """Whether it ends because it has looked at so many, not because it is full."""
        return self.next is not None and len(self.letters) < SIZE


def read(
    store: Store, wanted: Filter = EVERY, after: Cursor | None = None, fits: Fits | None = None
) -> Sheet:
    """The page behind this place; None: the first one.

    `fits`: in place of `wanted.fits`.
    """
    now = redis_clock.now(store)
    fits = fits or wanted.fits
    oldest = -1 if wanted.since is None else now - round(wanted.since * 1000)
    if wanted.until is not None:
        newest = now - round(wanted.until * 1000)
        if after is None or after.died_at > newest:
            after = Cursor(newest + 1, "")
    found: list[DeadLetter] = []
    looked = size = 0
    # What fits every letter needs no look at more of them than are shown.
    is_plain = replace(wanted, since=None, until=None) == EVERY
    while True:
        rows = _behind(store, after, SIZE + 1 if is_plain else STEP)
        rows = [row for row in rows if row.died_at >= oldest]
        letters = {one.id: one for one in dead_letters.read(store, [row.id for row in rows])}
        for row in rows:
            if len(found) == SIZE or looked >= MOST_LOOKED or size >= MOST_BYTES:
                return Sheet(tuple(found), looked, after, _count(store), now)
            after, looked = row, looked + 1
            letter = letters.get(row.id)
            if letter is not None:  # else it was replayed or purged since
                size += len(letter.stored)
                if fits(letter):
                    found.append(letter)
        if not rows:
            return Sheet(tuple(found), looked, None, _count(store), now)


def count(store: Store, wanted: Filter) -> int | None:
    """How many letters fit, where Redis knows without looking at them; None where it does not."""
    if replace(wanted, since=None, until=None) != EVERY:
        return None
    now = redis_clock.now(store)
    least = "-inf" if wanted.since is None else now - round(wanted.since * 1000)
    most = "+inf" if wanted.until is None else now - round(wanted.until * 1000)
    return int(store.client.zcount(store.keys.dead, least, most))


def _count(store: Store) -> int:
    return int(store.client.zcard(store.keys.dead))


def _behind(store: Store, after: Cursor | None, number: int) -> list[Cursor]:
    """The places of so many letters behind this one, the newest first."""
    start = 0 if after is None else _rank(store, after)
    rows: Any = store.client.zrange(
        store.keys.dead, start, start + number - 1, desc=True, withscores=True
    )
    return [Cursor(int(died_at), id_.decode()) for id_, died_at in rows]


def _rank(store: Store, after: Cursor) -> int:
    """How many letters stand before the place behind this letter, which may be gone by now.

    Letters of one ms stand in the order of their ids, the greatest first.
    """
    pipeline: Any = store.client.pipeline(transaction=False)
    pipeline.zscore(store.keys.dead, after.id)
    pipeline.zrevrank(store.keys.dead, after.id)
    pipeline.zcount(store.keys.dead, f"({after.died_at}", "+inf")
    pipeline.zcount(store.keys.dead, after.died_at, "+inf")
    died_at, rank, low, high = pipeline.execute()
    if died_at is not None and int(died_at) == after.died_at:
        return int(rank) + 1
    if not after.id:
        return int(high)
    wanted = after.id.encode()
    while low < high:
        middle = (low + high) // 2
        row: Any = store.client.zrange(store.keys.dead, middle, middle, desc=True)
        if row and row[0] >= wanted:
            low = middle + 1
        else:
            high = middle
    return int(low)
