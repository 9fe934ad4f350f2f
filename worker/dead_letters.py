"""Messages given up on: kept with reason, history and payload until replayed or purged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import redis

from producers import lanes
from producers.lanes import Lane
from worker.parking import Meta
from worker.scripts import Script

#: Every reason there is, and what to do about it.
REASONS: dict[str, str] = {
    "contact_missing": "The contact did not exist for the whole replay time. Upsert it, then "
    "replay.",
    "rejected": "The API refused this message in its own words. Mend the data and enqueue it "
    "again, or replay if the cause lay at the API.",
    "expired": "The destination failed until the message was older than max_age. Replay when it "
    "answers again.",
    "ambiguous": "It is not known whether the API took the message. Look at the contact there; "
    "replay if it is missing, purge if not.",
}

REPLAY = Script("replay")
#: Letters read, replayed or purged in one call.
PAGE = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message given up on."""

    id: str
    lane: Lane
    reason: str
    #: The API's own words where it said any.
    words: str
    #: UNIX ms.
    died_at: int
    contact: str
    options: str
    payload: str
    meta: Meta

    @classmethod
    def from_json(cls, message_id: str, died_at: int, text: bytes) -> DeadLetter:
        body = json.loads(text)
        return cls(
            message_id,
            Lane.parse(body["lane"]),
            body["reason"],
            body["words"],
            died_at,
            body["contact"],
            body["options"],
            body["payload"],
            Meta.from_json(body["meta"]),
        )


def show(client: redis.Redis, message_id: str) -> DeadLetter | None:
    """One dead letter by the message's id."""
    body: Any = client.hget(lanes.DEAD_BODY, message_id)
    died_at = client.zscore(lanes.DEAD, message_id)
    if body is None or died_at is None:
        return None
    return DeadLetter.from_json(message_id, int(died_at), body)


def find(
    client: redis.Redis,
    *,
    account: str | None = None,
    operation: str | None = None,
    reason: str | None = None,
) -> Iterator[DeadLetter]:
    """The dead letters that fit, oldest first."""
    start: Any = "-inf"
    seen: set[bytes] = set()
    while True:
        page: Any = client.zrange(
            lanes.DEAD, start, "+inf", byscore=True, withscores=True, offset=0, num=PAGE + len(seen)
        )
        fresh = [(id_, at) for id_, at in page if id_ not in seen]
        if not fresh:
            return
        bodies: Any = client.hmget(lanes.DEAD_BODY, [id_ for id_, _ in fresh])
        for (id_, at), body in zip(fresh, bodies, strict=True):
            if body is None:
                continue
            letter = DeadLetter.from_json(id_.decode(), int(at), body)
            if _fits(letter, account, operation, reason):
                yield letter
        last = fresh[-1][1]
        seen = {id_ for id_, at in page if at == last}
        start = last


def _fits(
    letter: DeadLetter, account: str | None, operation: str | None, reason: str | None
) -> bool:
    return (
        account in (None, letter.lane.account)
        and operation in (None, letter.lane.operation)
        and reason in (None, letter.reason)
    )


def act(client: redis.Redis, what: Literal["replay", "purge"], ids: Iterable[str]) -> int:
    """Replay (to the tail of their lanes, in the order given) or purge; how many there were."""
    done = 0
    for page in _pages(list(ids)):
        keys = [lanes.DEAD, lanes.DEAD_BODY, lanes.DUE, lanes.LANES]
        done += int(REPLAY(client, keys, [what, lanes.PREFIX, *page]))
    return done


def _pages(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE]
