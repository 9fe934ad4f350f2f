"""Delivering a lane: claim, merge, plan, send, judge, settle, batch after batch.

This is the engine. It knows no API: what the requests are and what the answers mean is said by the
account's system (`worker.systems`).
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import redis

from producers.lanes import Lane
from producers.settings import LEASE_MARGIN, Account, EffectiveOperation
from worker import lease as leases
from worker import retry, settle
from worker.http import Http, NoAnswer
from worker.lease import Entry, Lease, NotClaimed
from worker.settle import BatchResult, Failure, Next
from worker.systems.base import Item, Request, System
from worker.verdicts import (
    DELIVERED,
    CredentialsRefused,
    Dead,
    Delivered,
    DestinationFailed,
    Judged,
    Outcome,
    Verdict,
)


class LeaseLost(Exception):
    """The lease ran out and another worker took the lane: nothing of this batch is settled."""


@dataclass(frozen=True)
class Engine:
    """What delivering needs of its surroundings."""

    redis: redis.Redis
    account: Account
    system: System
    http: Http
    pool: ThreadPoolExecutor
    #: Seconds that one `deliver` goes on with the batches of a lane.
    budget: float
    journal_length: int
    #: True once the worker is told to leave: the batch in flight is the last.
    stopping: Callable[[], bool]


@dataclass(slots=True)
class Report:
    """What one `deliver` did, as Flower shows it."""

    counts: Counter[str] = field(default_factory=Counter)
    note: str = ""

    def __str__(self) -> str:
        order = ("delivered", "parked", "dead", "kept")
        parts = [f"{self.counts[name]:,} {name}" for name in order if self.counts[name]]
        if self.note:
            parts.append(self.note)
        return ", ".join(parts) or "nothing to do"


def deliver(lane: Lane, engine: Engine) -> Report:
    """Deliver batches of the lane while it is ready, the budget lasts and nothing fails."""
    report = Report()
    if engine.stopping():
        leases.hand_back(engine.redis, lane)
        report.note = "handed back: the worker is leaving"
        return report
    operation = engine.account.operation(lane.operation)
    claimed = leases.claim(engine.redis, lane, engine.account.lease, operation.batch_size)
    if isinstance(claimed, NotClaimed):
        report.note = claimed.why
        return report
    ends = time.monotonic() + engine.budget
    ready: tuple[Lease, list[Entry]] | None = claimed
    while ready is not None:
        lease, batch = ready
        try:
            result = _Batch(engine, lease, operation, batch).deliver()
        except LeaseLost:
            report.note = "the lease was lost, another worker goes on"
            return report
        ready = _settle(engine, lease, operation, batch, result, ends, report)
    return report


def _settle(
    engine: Engine,
    lease: Lease,
    operation: EffectiveOperation,
    batch: list[Entry],
    result: BatchResult,
    ends: float,
    report: Report,
) -> tuple[Lease, list[Entry]] | None:
    """Settle, note it in the report, and return the next batch if there is one to go on with."""
    now = round(time.time() * 1000)
    made = settle.change(lease.lane, batch, result, engine.account.replay, lease.attempts, now)
    report.counts.update({name: made.count[name] for name in ("delivered", "parked", "dead")})
    report.counts["kept"] += sum(verdict is None for verdict in result.verdicts)
    report.note = result.failure.words if result.failure else ""
    following = _next(engine, lease, result.failure, ends)
    return settle.settle(engine.redis, lease, made, following, operation, engine.journal_length)


def _next(engine: Engine, lease: Lease, failure: Failure | None, ends: float) -> Next:
    if failure is not None:
        said = failure.retry_after if isinstance(failure, DestinationFailed) else None
        wait = retry.delay(lease.attempts, said, engine.account.backoff, random.random)
        return Next("back off", wait)
    if engine.stopping() or time.monotonic() >= ends:
        return Next("leave")
    return Next("go on", engine.account.lease)


class _Batch:
    """One batch on its way: its requests, wave after wave, and the verdicts so far."""

    def __init__(
        self, engine: Engine, lease: Lease, operation: EffectiveOperation, batch: list[Entry]
    ) -> None:
        self._engine = engine
        self._lease = lease
        self._operation = operation
        self._batch = batch
        self._verdicts: list[Verdict | None] = [None] * len(batch)
        self._failure: Failure | None = None
        self._requests = 0
        self._merged = 0
        self._leased_until = time.monotonic() + engine.account.lease

    def deliver(self) -> BatchResult:
        started = time.monotonic()
        waves = deque(self._plan())
        while waves and self._failure is None:
            waves.extendleft(reversed(self._send_wave(waves.popleft())))
        if isinstance(self._failure, DestinationFailed):
            self._give_up_the_old()
        elif self._failure is None and None in self._verdicts:
            raise AssertionError(f"the plan of {self._lease.lane.operation} left out messages")
        seconds = time.monotonic() - started
        return BatchResult(self._verdicts, self._failure, self._requests, self._merged, seconds)

    def _plan(self) -> list[list[Request]]:
        name, system = self._lease.lane.operation, self._engine.system
        items = [self._item(place) for place in range(len(self._batch))]
        return system.plan(system.merge(name, items), name, self._operation, self._engine.account)

    def _item(self, place: int) -> Item:
        """One message of the batch as an item of its own."""
        entry = self._batch[place]
        return Item(entry.payload, entry.contact, entry.options, (place,))

    def _send_wave(self, wave: list[Request]) -> list[list[Request]]:
        """Send the requests of a wave; the waves that refused requests become, halved."""
        halves: list[list[Request]] = []
        width = self._engine.account.parallel
        for start in range(0, len(wave), width):
            if self._failure is not None:
                break
            turn = wave[start : start + width]
            self._keep_lease()
            for request, outcome in zip(turn, self._send_all(turn), strict=True):
                halves += self._note(request, outcome)
        return halves

    def _send_all(self, turn: Sequence[Request]) -> list[Outcome]:
        self._requests += len(turn)
        if len(turn) == 1:
            return [self._send(turn[0])]
        return list(self._engine.pool.map(self._send, turn))

    def _send(self, request: Request) -> Outcome:
        engine, now = self._engine, time.time()
        try:
            answer = engine.http.send(engine.system.call(request, engine.account, now))
        except NoAnswer as error:
            return DestinationFailed(str(error))
        return engine.system.judge(request, answer, engine.account, now)

    def _keep_lease(self) -> None:
        """Prolong the lease when one more request could outlast it."""
        timeout = self._engine.account.timeout
        needed = timeout.connect + timeout.read + LEASE_MARGIN / 2
        if self._leased_until - time.monotonic() >= needed:
            return
        if not leases.renew(self._engine.redis, self._lease, self._engine.account.lease):
            raise LeaseLost
        self._leased_until = time.monotonic() + self._engine.account.lease

    def _note(self, request: Request, outcome: Outcome) -> list[list[Request]]:
        """Write the verdicts down; what has to be sent again in halves."""
        if isinstance(outcome, DestinationFailed | CredentialsRefused):
            self._failure = outcome
        elif isinstance(outcome, Judged):
            for place, item in enumerate(request.items):
                self._settle_item(item, outcome.exceptions.get(place, DELIVERED))
        elif parts := self._parts(request):
            return [[part] for part in parts]
        else:
            self._settle_item(request.items[0], Dead("rejected", outcome.words))
        return []

    def _parts(self, request: Request) -> list[Request]:
        """A refused request in parts: its halves, or a merged item's messages one by one."""
        if len(request.items) > 1:
            return request.halves()
        merged = request.items[0].messages
        if len(merged) == 1:
            return []
        return [replace(request, items=(self._item(place),)) for place in merged]

    def _settle_item(self, item: Item, verdict: Verdict) -> None:
        for message in item.messages:
            self._verdicts[message] = verdict
        if isinstance(verdict, Delivered):
            self._merged += len(item.messages) - 1

    def _give_up_the_old(self) -> None:
        assert self._failure is not None
        lane, now = self._lease.lane, round(time.time() * 1000)
        for place, entry in enumerate(self._batch):
            old = settle.older_than(entry, lane, self._engine.account.max_age, now)
            if self._verdicts[place] is None and old:
                self._verdicts[place] = Dead("expired", self._failure.words)
