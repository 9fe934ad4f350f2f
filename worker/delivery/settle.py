"""What a delivered batch changes in Redis: decided here as a value, carried out by one script."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from batchline.producers import lanes
from batchline.producers.lanes import Lane, api_id_key, enqueued_at
from batchline.producers.settings import Account
from batchline.systems.account import Breaker, FloodGuard, Jobs, Replay
from batchline.systems.columns import Item
from batchline.systems.message import operation_of
from batchline.systems.operation import EffectiveOperation
from batchline.systems.verdicts import (
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    Delivered,
    Failure,
    Flooded,
    RateLimited,
    Verdict,
)
from batchline.worker.delivery.confirmations import Letter, body
from batchline.worker.delivery.ordering import shares_lane
from batchline.worker.store.lease import Entry, Lease, entries, read_head
from batchline.worker.store.parking import Meta, next_try
from batchline.worker.store.scripts import Argument, Script

#: Seconds for which a settling that gets no answer is repeated, and between two tries.
REPEAT_FOR = 60.0
REPEAT_PAUSE = 0.5
#: A batch has at most so many places: messages that are parked at once come back in their order,
#: each a fraction of a millisecond after the one before it.
MOST_INDEXES = 4096

SETTLE = Script("settle", on_full_server=True)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a batch."""

    #: One per entry; None for a message that stays in its lane.
    verdicts: Sequence[Verdict | Behind | None]
    #: Why messages stay, if any do.
    failure: Failure | None
    #: HTTP calls made; those of them that were answered; those whose destination failed.
    requests: int
    answered: int
    failed: int
    #: Delivered messages that travelled inside another message's item.
    merged: int
    #: The API's ids of the jobs that will confirm items, and these items.
    jobs: Sequence[tuple[str, Sequence[Item]]]
    #: Place -> the API's own id of what it made of the message.
    api_ids: Mapping[int, str]
    #: What stays in doubt (`batchline.worker.delivery.uncertain`).
    mark: str
    #: Seconds from the first request to the last answer.
    seconds: float


@dataclass(frozen=True, slots=True)
class Next:
    """What is to become of the lane after the batch."""

    what: Literal["go on", "leave", "back off", "wait"]
    #: Seconds: the lease's length to go on with, or the time to stay away.
    seconds: float = 0.0


#: Message id, UNIX ms, body, contact key, and whether nothing later of the contact may pass it.
Parked = tuple[str, float, str, str, bool]


@dataclass(slots=True)
class Change:
    """The settle script's third argument (`worker/store/lua/settle.lua`)."""

    trim: str = ""
    remove: list[str] = field(default_factory=list)
    park: list[Parked] = field(default_factory=list)
    behind: list[Parked] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    dead: list[tuple[str, int, str]] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)
    journal: list[str] = field(default_factory=list)
    jobs: list[tuple[str, int, str]] = field(default_factory=list)
    api_ids: list[tuple[str, str, int]] = field(default_factory=list)
    sending: str = ""
    breaker: dict[str, float] = field(default_factory=dict)
    flood: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    pause: tuple[str, str] | None = None

    def to_json(self) -> str:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in fields.items() if value is not None})


def change(
    lease: Lease, batch: Sequence[Entry], result: BatchResult, account: Account, now: int
) -> Change:
    """Everything that settling this batch writes; `now` in UNIX ms."""
    lane = lease.lane
    made = Change(sending=result.mark)
    made.count.update(requests=result.requests, merged=result.merged)
    for index, (entry, verdict) in enumerate(zip(batch, result.verdicts, strict=True)):
        if verdict is not None:
            at = now + index / MOST_INDEXES
            _settle_one(made, lane, entry, verdict, account.replay, at)
    made.trim, made.remove = _cut(batch, result.verdicts)
    if account.jobs.confirm:
        _open_jobs(made, lane, batch, result, account.jobs, now)
    if account.remember_ids:
        made.api_ids = [
            (api_id_key(batch[index].id(lane)), api_id, account.remember_ids)
            for index, api_id in result.api_ids.items()
        ]
    made.breaker = _breaker(account.breaker, result)
    made.flood = _flood(account.flood_guard, result)
    failure = result.failure
    if failure is not None and not isinstance(failure, RateLimited):
        made.error = failure.detail
    if isinstance(failure, CredentialsRefused):
        made.pause = (lane.account, f"credentials refused: {failure.detail}")
    elif isinstance(failure, Flooded):
        made.pause = (str(lane), f"flood guard: {failure.detail}")
    made.journal = _journal(lane, batch, result, made.count, lease.attempts)
    return made


def _open_jobs(
    made: Change, lane: Lane, batch: Sequence[Entry], result: BatchResult, jobs: Jobs, now: int
) -> None:
    for remote, items in result.jobs:
        letters = [
            _letter(lane, batch[index], merged=order > 0)
            for item in items
            for order, index in enumerate(item.messages)
        ]
        made.count["confirming"] += len(letters)
        name = f"{lane}@{remote}"
        made.jobs.append((name, now + round(jobs.poll * 1000), body(lane, remote, now, letters)))


def _letter(lane: Lane, entry: Entry, merged: bool) -> Letter:
    meta = entry.meta.to_json() if entry.meta else ""
    parts = (entry.contact, entry.options, entry.payload.decode(), meta)
    return Letter(entry.id(lane), *parts, merged)


def _breaker(limits: Breaker, result: BatchResult) -> dict[str, float]:
    """What `breaker_note` of `worker/store/lua/breaker.lua` takes; times in ms."""
    return {
        "answered": result.answered,
        "failed": result.failed,
        "streak": limits.streak,
        "share": limits.share,
        "least": limits.least,
        "window": round(limits.window * 1000),
        "open": round(limits.open * 1000),
    }


def _flood(guard: FloodGuard, result: BatchResult) -> dict[str, float]:
    """What the flood guard of `worker/store/lua/settle.lua` takes; times in ms."""
    rejected = sum(
        isinstance(verdict, Dead) and verdict.reason == "rejected" for verdict in result.verdicts
    )
    return {
        "seen": sum(verdict is not None for verdict in result.verdicts),
        "rejected": rejected,
        "share": guard.share,
        "least": guard.least,
        "window": round(guard.window * 1000),
    }


def _settle_one(
    made: Change, lane: Lane, entry: Entry, verdict: Verdict | Behind, replay: Replay, now: float
) -> None:
    """`now` is UNIX ms and a fraction that grows with the place in the batch."""
    if isinstance(verdict, Delivered):
        made.count["delivered"] += 1
        _arrive(made, entry)
        return
    meta = (entry.meta or Meta(entry.id(lane))).with_event(int(now), verdict.detail)
    if isinstance(verdict, Behind):
        made.count["parked"] += 1
        body = _body(lane, entry, meta, "behind", verdict.detail)
        made.behind.append(
            (meta.id, now + round(verdict.seconds * 1000), body, entry.contact, True)
        )
        return
    if isinstance(verdict, ContactMissing):
        meta = Meta(meta.id, meta.tries + 1, meta.history)
        wait = next_try(meta.tries, replay)
        if wait is not None:
            made.count["parked"] += 1
            body = _body(lane, entry, meta, "contact_missing", verdict.detail)
            blocks = shares_lane(operation_of(lane.operation, entry.options), lane)
            made.park.append((meta.id, now + round(wait * 1000), body, entry.contact, blocks))
            return
        meta = Meta(meta.id, 0, meta.history)
        verdict = Dead("contact_missing", verdict.detail)
    made.count["dead"] += 1
    _arrive(made, entry)
    made.dead.append((meta.id, int(now), _body(lane, entry, meta, verdict.reason, verdict.detail)))


def _arrive(made: Change, entry: Entry) -> None:
    """What was parked once is not any more, and holds up nobody."""
    if entry.meta:
        made.arrived.append(f"{entry.contact}\t{entry.meta.id}")


def _body(lane: Lane, entry: Entry, meta: Meta, reason: str, detail: str) -> str:
    return json.dumps(
        {
            "lane": str(lane),
            "contact": entry.contact,
            "options": entry.options,
            "payload": entry.payload.decode(),
            "meta": meta.to_json(),
            "reason": reason,
            "detail": detail,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _cut(
    batch: Sequence[Entry], verdicts: Sequence[Verdict | Behind | None]
) -> tuple[str, list[str]]:
    """The stream id before which all is settled, and the settled ids behind it."""
    first_kept = next((i for i, verdict in enumerate(verdicts) if verdict is None), len(batch))
    if first_kept == len(batch):
        return _after(batch[-1].stream_id), []
    behind = zip(batch[first_kept:], verdicts[first_kept:], strict=True)
    removed = [entry.stream_id for entry, verdict in behind if verdict is not None]
    return batch[first_kept].stream_id, removed


def _after(stream_id: str) -> str:
    millis, _, number = stream_id.partition("-")
    return f"{millis}-{int(number) + 1}"


def _journal(
    lane: Lane, batch: Sequence[Entry], result: BatchResult, count: Counter[str], attempts: int
) -> list[str]:
    """The batch's line: enough to tell later what became of every message in the range."""
    kept = sum(verdict is None for verdict in result.verdicts)
    line: dict[str, Any] = {
        "lane": lane,
        "first": batch[0].stream_id,
        "last": batch[-1].stream_id,
        "messages": len(batch),
        "requests": result.requests,
        "delivered": count["delivered"],
        "merged": result.merged,
        "parked": count["parked"],
        "dead": count["dead"],
        "kept": kept,
        "ms": round(result.seconds * 1000),
        "attempt": attempts + 1,
        "error": result.failure.detail if result.failure else "",
        "returned": json.dumps([entry.meta.id for entry in batch if entry.meta]),
    }
    return [str(part) for pair in line.items() for part in pair]


def settle(
    client: redis.Redis,
    lease: Lease,
    made: Change,
    following: Next,
    operation: EffectiveOperation,
    journal_length: int,
) -> tuple[Lease, list[Entry]] | None:
    """Carry the change out; the next batch when the lease is kept, else None.

    A lease that another has taken meanwhile changes nothing: its owner settles the same messages.
    While Redis does not answer, the call is repeated: what was delivered shall not be sent again.
    """
    lane = lease.lane
    keys = [
        lane.stream,
        lane.state,
        lanes.DUE,
        lanes.PARKED,
        lanes.PARKED_BODY,
        lanes.DEAD,
        lanes.DEAD_BODY,
        lanes.JOURNAL,
        lanes.PAUSED,
        lanes.breaker(lane.account),
        lanes.LANES,
        lanes.JOBS,
        lanes.JOBS_BODY,
        lanes.parked_by_contact(lane.account),
        lanes.parked_blocking(lane.account),
    ]
    arguments: list[Argument] = [
        str(lane),
        lease.token,
        made.to_json(),
        following.what,
        round(following.seconds * 1000),
        operation.batch_size,
        round(operation.linger * 1000),
        journal_length,
        next_token := secrets.token_hex(8),
        lanes.PREFIX,
    ]
    read = read_head(lane, operation.batch_size) if following.what == "go on" else None
    answer, *head = _repeat(lambda: SETTLE.with_read(client, keys, arguments, read))
    if answer[0] != b"next":
        return None
    return Lease(lane, next_token, 0, blocked=bool(answer[1])), entries(head[0])


def _repeat(call: Callable[[], list[Any]]) -> list[Any]:
    deadline = time.monotonic() + REPEAT_FOR
    while True:
        try:
            return call()
        except (RedisConnectionError, RedisTimeoutError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(REPEAT_PAUSE)


def older_than(entry: Entry, lane: Lane, seconds: float, now: int) -> bool:
    """Whether the message was accepted, or last replayed, longer ago; `now` in UNIX ms."""
    since = enqueued_at(entry.id(lane))
    if entry.meta:
        since = max(since, entry.meta.last_replay()[0])
    return now - since > seconds * 1000
