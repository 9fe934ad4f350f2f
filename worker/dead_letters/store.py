"""Messages given up on: kept with reason, history and payload until replayed or purged."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import redis

from batchline.producers import lanes
from batchline.producers.lanes import Lane
from batchline.systems.message import operation_of
from batchline.worker.dead_letters.filter import EVERY, Filter
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import REPLAYED, REPLAYED_SUPERSEDED, Meta
from batchline.worker.store.scripts import Argument, Script

#: Every reason there is, and what to do about it.
REASONS: dict[str, str] = {
    "contact_missing": "The contact did not exist for the whole replay time. Upsert it, then "
    "replay.",
    "rejected": "The API refused this message in its own words. Mend it (batchline dead edit) "
    "and replay it; replay it as it is if the cause lay at the API.",
    "invalid": "The API accepted the contact and named it invalid in the result of its job. Mend "
    "it and replay it.",
    "expired": "The destination failed until the message was older than max_age. Replay when it "
    "answers again.",
    "superseded": "A newer message of the contact was sent before this one was replayed: it could "
    "put old values over new ones. Purge it, or send it all the same (batchline dead replay "
    "--superseded), mended if only some of it still holds.",
    "ambiguous": "It is not known whether the API took the message. Look at the contact there; "
    "replay if it is missing, purge if not.",
}

REPLAY = Script("replay")
PURGE = Script("purge", on_full_server=True)
EDIT = Script("edit")
#: Letters read, replayed or purged in one call.
PAGE = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message given up on."""

    id: str
    lane: Lane
    reason: str
    #: The API's own words where it said any.
    detail: str
    #: UNIX ms.
    died_at: int
    contact: str
    options: str
    payload: str
    meta: Meta
    #: The body as it stands in Redis; empty for a letter that is not there yet.
    stored: str = field(default="", repr=False, compare=False)

    @classmethod
    def from_json(cls, message_id: str, died_at: int, text: bytes) -> DeadLetter:
        body = json.loads(text)
        return cls(
            message_id,
            Lane.parse(body["lane"]),
            body["reason"],
            body["detail"],
            died_at,
            body["contact"],
            body["options"],
            body["payload"],
            Meta.from_json(body["meta"]),
            text.decode(),
        )

    def to_json(self) -> str:
        """The body to store, with everything that the stored one holds beside."""
        body = {
            **(json.loads(self.stored) if self.stored else {}),
            "lane": str(self.lane),
            "contact": self.contact,
            "options": self.options,
            "payload": self.payload,
            "meta": self.meta.to_json(),
            "reason": self.reason,
            "detail": self.detail,
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    @property
    def operation(self) -> str:
        """What the message asks for; its lane may carry several operations."""
        return operation_of(self.lane.operation, self.options)

    @property
    def fingerprint(self) -> str:
        """By this the scripts know that nobody has changed the letter since it was read."""
        return hashlib.sha1(self.stored.encode(), usedforsecurity=False).hexdigest()


class Chosen(NamedTuple):
    """A letter that a filter has chosen."""

    id: str
    reason: str


def show(client: redis.Redis, message_id: str) -> DeadLetter | None:
    """One dead letter by the message's id."""
    return next(read(client, [message_id]), None)


def read(client: redis.Redis, ids: Sequence[str]) -> Iterator[DeadLetter]:
    """The letters of these ids, in their order; those that are none (any more) are left out."""
    for page in _pages(ids):
        pipeline: Any = client.pipeline(transaction=True)
        pipeline.hmget(lanes.DEAD_BODY, page)
        pipeline.zmscore(lanes.DEAD, page)
        bodies, times = pipeline.execute()
        for message_id, body, died_at in zip(page, bodies, times, strict=True):
            if body is not None and died_at is not None:
                yield DeadLetter.from_json(message_id, int(died_at), body)


def find(client: redis.Redis, wanted: Filter = EVERY) -> Iterator[DeadLetter]:
    """The dead letters that fit, those given up on first first."""
    start: Any = "-inf" if wanted.died_from is None else wanted.died_from
    end: Any = "+inf" if wanted.died_until is None else wanted.died_until
    seen: set[bytes] = set()
    while True:
        page: Any = client.zrange(
            lanes.DEAD, start, end, byscore=True, withscores=True, offset=0, num=PAGE + len(seen)
        )
        fresh = [id_.decode() for id_, _ in page if id_ not in seen]
        if not fresh:
            return
        yield from (letter for letter in read(client, fresh) if wanted.fits(letter))
        start = page[-1][1]
        seen = {id_ for id_, at in page if at == start}


def choose(client: redis.Redis, wanted: Filter = EVERY, limit: int | None = None) -> list[Chosen]:
    """The letters that fit, in the order in which the messages were enqueued; the first `limit`."""
    chosen = [Chosen(letter.id, letter.reason) for letter in find(client, wanted)]
    return sorted(chosen, key=lambda one: in_order(one.id))[:limit]


def named(client: redis.Redis, ids: Iterable[str]) -> list[Chosen]:
    """Those of these ids that are dead letters, in the order in which they were enqueued."""
    found = [Chosen(letter.id, letter.reason) for letter in read(client, sorted(set(ids)))]
    return sorted(found, key=lambda one: in_order(one.id))


def act(client: redis.Redis, what: Literal["replay", "purge"], ids: Iterable[str]) -> int:
    """Replay (to the tail of their lanes, in the order given) or purge; how many there were."""
    each = replay if what == "replay" else purge
    return sum(each(client, page) for page in _pages(list(ids)))


def replay(client: redis.Redis, ids: Sequence[str], superseded: bool = False) -> int:
    """Send these again, `PAGE` of them at most; how many there were.

    Each gets all its tries anew and keeps its history. `superseded`: also if a newer message of the
    contact was sent since, which makes it a dead letter again otherwise.
    """
    now = round(time.time() * 1000)
    detail = REPLAYED_SUPERSEDED if superseded else REPLAYED
    arguments: list[Argument] = [lanes.PREFIX]
    for letter in read(client, ids):
        meta = replace(letter.meta, tries=0).with_event(now, detail)
        arguments += [letter.id, letter.fingerprint, meta.to_json()]
    keys = [lanes.DEAD, lanes.DEAD_BODY, lanes.DUE, lanes.LANES, lanes.JOURNAL]
    return int(REPLAY(client, keys, arguments))


def purge(client: redis.Redis, ids: Sequence[str]) -> int:
    """Delete these for good, `PAGE` of them at most; how many there were."""
    return int(PURGE(client, [lanes.DEAD, lanes.DEAD_BODY, lanes.JOURNAL], [lanes.PREFIX, *ids]))


def store(client: redis.Redis, old: DeadLetter, new: DeadLetter) -> bool:
    """Put the new letter in the place of the old; False when that has changed since it was read."""
    keys = [lanes.DEAD_BODY, lanes.LANES, lanes.JOURNAL, old.lane.state, new.lane.state]
    arguments = [old.id, old.fingerprint, new.to_json(), str(old.lane), str(new.lane)]
    return bool(EDIT(client, keys, arguments))


def _pages(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE]
