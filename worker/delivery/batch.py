"""One batch on its way: its requests, wave after wave, and the verdicts so far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace

from batchline.producers.lanes import Lane
from batchline.systems.account import LEASE_MARGIN
from batchline.systems.columns import Item
from batchline.systems.contract import Verifies
from batchline.systems.message import operation_of
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import (
    DELIVERED,
    Ambiguous,
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    Delivered,
    DestinationFailed,
    Failure,
    Flooded,
    Judged,
    Outcome,
    RateLimited,
    Refused,
    Verdict,
    Verified,
)
from batchline.worker.delivery import ordering as orders
from batchline.worker.delivery import (
    rate_limits as limits,
)
from batchline.worker.delivery import (
    settle,
)
from batchline.worker.delivery import (
    superseded as superseded,
)
from batchline.worker.delivery import (
    uncertain as doubt,
)
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer, TooLarge
from batchline.worker.delivery.settle import BatchResult
from batchline.worker.store import lease as leases
from batchline.worker.store.lease import Entry, Lease

#: Words of a dead letter whose fate a worker took with it.
CRASHED = "a worker ended between sending and settling"
#: How often the answer about one contact alone may be too large to be read: once can be a fault.
TOO_LARGE_TRIES = 5


class LeaseLost(Exception):
    """The lease ran out and another worker took the lane: nothing of this batch is settled."""


class Delivery:
    """Delivers one batch under a lease; `deliver` is called once."""

    def __init__(
        self,
        context: AccountContext,
        lease: Lease,
        operation: EffectiveOperation,
        batch: list[Entry],
    ) -> None:
        self._context = context
        self._lease = lease
        self._operation = operation
        self._batch = batch
        self._verdicts: list[Verdict | Behind | None] = [None] * len(batch)
        self._order = orders.Order(lease.lane)
        self._failure: Failure | None = None
        self._requests = self._answered = self._failed = 0
        self._merged = self._rejected = 0
        self._halving = False
        self._jobs: list[tuple[str, Sequence[Item]]] = []
        self._api_ids: dict[int, str] = {}
        self._leased_until = time.monotonic() + context.account.lease
        #: Place of a message in doubt -> how often the answer about it alone was too large.
        self._unreadable, self._further = doubt.from_mark(lease.mark, batch)
        #: Places of which the API may have been told, and that Redis does not know as settled:
        #: what has a verdict stays in here, for settling may be what does not happen.
        self._doubtful: set[int] = set()
        if operation.ambiguous != "resend":
            self._doubtful = {index for index in self._unreadable if self._is_at_stake(index)}

    def deliver(self) -> BatchResult:
        """Send everything that may be sent; `LeaseLost` when the lane is another's by now."""
        started = time.monotonic()
        self._clear_doubts()
        self._give_up_the_overtaken()
        waves = deque(self._plan() if self._failure is None else [])
        while waves and self._failure is None:
            waves.extendleft(reversed(self._send_wave(waves.popleft())))
        if isinstance(self._failure, DestinationFailed):
            self._give_up_the_old()
        elif self._failure is None and None in self._verdicts:
            raise AssertionError(f"the plan of {self._lease.lane.operation} left out messages")
        superseded.note(self._context, self._lease.lane, self._batch, self._verdicts)
        return BatchResult(
            verdicts=self._verdicts,
            failure=self._failure,
            requests=self._requests,
            answered=self._answered,
            failed=self._failed,
            merged=self._merged,
            jobs=self._jobs,
            api_ids=self._api_ids,
            mark=self._mark({n for n in self._doubtful if self._verdicts[n] is None}),
            seconds=time.monotonic() - started,
        )

    def _clear_doubts(self) -> None:
        """Decide about what an owner before may have sent: hold it, or ask the API."""
        if not self._doubtful:
            return
        if self._operation.ambiguous == "hold":
            self._hold(self._doubtful, CRASHED)
            return
        items = [self._item(index) for index in sorted(self._doubtful)]
        system = self._context.system
        assert isinstance(system, Verifies), "the settings allow verify only where it can be"
        questions = deque(system.verify(items, self._lease.lane.operation))
        while questions and self._failure is None:
            for asked, outcome in self._send_turn([questions.popleft()], ()):
                questions.extendleft(reversed(self._note_verified(asked, outcome)))

    def _give_up_the_overtaken(self) -> None:
        if self._failure is not None:
            return
        for index in superseded.given_up(self._context, self._lease.lane, self._batch):
            if self._verdicts[index] is None:
                self._verdicts[index] = superseded.VERDICT

    def _at_stake(self, requests: Sequence[Request]) -> set[int]:
        """The places whose messages the API may take by these requests, where that matters.

        An event that was folded into its own deletion is not sent.
        """
        own = self._lease.lane.operation
        items = [item for request in requests for item in request.items if item.operation == own]
        return {n for item in items for n in item.messages if self._is_at_stake(n)}

    def _is_at_stake(self, index: int) -> bool:
        """Whether being told twice would matter: what travels in another's lane is idempotent."""
        lane = self._lease.lane
        return not orders.shares_lane(
            operation_of(lane.operation, self._batch[index].options), lane
        )

    def _plan(self) -> list[list[Request]]:
        items = [self._item(n) for n, verdict in enumerate(self._verdicts) if verdict is None]
        context, poll = self._context, self._context.account.jobs.poll
        self._order = orders.read(context.redis, self._lease, items, poll)
        return self._waves(context.system.merge(self._lease.lane.operation, self._ready(items)))

    def _waves(self, items: Sequence[Item]) -> list[list[Request]]:
        context, name = self._context, self._lease.lane.operation
        return context.system.plan(items, name, self._operation, context.account)

    def _ready(self, items: Sequence[Item]) -> list[Item]:
        """The items without those that have to wait behind others; these are settled so."""
        if self._order.is_free():
            return list(items)
        return [item for item in items if not self._stays_behind(item)]

    def _stays_behind(self, item: Item) -> bool:
        verdict = self._order.verdict(item, self._ids(item))
        if verdict is not None:
            self._settle_item(item, verdict)
        return verdict is not None

    def _ids(self, item: Item) -> list[str]:
        return [self._batch[index].id(self._lease.lane) for index in item.messages]

    def _item(self, index: int) -> Item:
        return item_of(self._lease.lane, self._batch[index], index)

    def _send_wave(self, wave: list[Request]) -> list[list[Request]]:
        """Send the requests of a wave; the waves that refused requests become, in parts."""
        parts: list[list[Request]] = []
        ready = [replace(request, items=tuple(self._ready(request.items))) for request in wave]
        wave = [request for request in ready if request.items]
        width = self._context.account.parallel
        for start in range(0, len(wave), width):
            if self._failure is not None:
                break
            if self._requests and self._context.stopping():
                # What was sent is settled; the rest is another worker's.
                self._failure = RateLimited("the worker is shutting down", 0.0)
                break
            turn = wave[start : start + width]
            for request, outcome in self._send_turn(turn, self._at_stake(turn)):
                parts += self._note(request, outcome)
        return parts

    def _send_turn(
        self, turn: Sequence[Request], at_stake: Collection[int]
    ) -> list[tuple[Request, Outcome]]:
        """Send these requests at once, as far as the rate limits allow, and their outcomes.

        `at_stake`: the places of the batch whose messages the API may take by it.
        """
        context, account = self._context, self._lease.lane.account
        timeout = context.account.timeout
        seconds = timeout.connect + timeout.read + LEASE_MARGIN
        grant = limits.take(context.redis, account, context.account, len(turn), seconds)
        while not grant.requests and self._may_wait(grant.wait):
            time.sleep(grant.wait)
            self._prepare(())
            grant = limits.take(context.redis, account, context.account, len(turn), seconds)
        allowed = turn[: grant.requests]
        if len(allowed) < len(turn):
            self._failure = RateLimited("waits for the rate limit", grant.wait)
        if not allowed:
            return []
        # What has no leave yet is not about to be sent.
        self._prepare(_indexes(allowed).intersection(at_stake))
        outcomes = self._send_all(allowed)
        limits.give_back(context.redis, account, context.account, grant, outcomes)
        return list(zip(allowed, outcomes, strict=True))

    def _may_wait(self, seconds: float) -> bool:
        """Whether to wait for the rate limit here: what halving has found out would be lost."""
        short = seconds <= self._context.account.lease / 4
        return self._halving and short and not self._context.stopping()

    def _send_all(self, turn: Sequence[Request]) -> list[Outcome]:
        self._requests += len(turn)
        if len(turn) == 1:
            return [self._send(turn[0])]
        return list(self._context.pool.map(self._send, turn))

    def _send(self, request: Request) -> Outcome:
        context, now = self._context, time.time()
        if time.monotonic() >= self._leased_until:
            raise LeaseLost  # this process was suspended, and the lane may be another's by now
        try:
            answer = context.http.send(context.system.call(request, context.account, now))
        except NoAnswer as error:
            too_large = isinstance(error, TooLarge)
            return DestinationFailed(str(error), ambiguous=error.sent, too_large=too_large)
        return context.system.judge(request, answer, context.account, now)

    def _prepare(self, at_stake: Collection[int]) -> None:
        """Note what is about to be sent, where that matters; keep the lease long enough."""
        timeout, mark = self._context.account.timeout, ""
        if self._operation.ambiguous != "resend" and at_stake:
            self._doubtful |= set(at_stake)
            mark = self._mark(self._doubtful)
        needed = timeout.connect + timeout.read + LEASE_MARGIN / 2
        if not mark and self._leased_until - time.monotonic() >= needed:
            return
        now = time.monotonic()
        if not leases.renew(self._context.redis, self._lease, self._context.account.lease, mark):
            raise LeaseLost
        self._leased_until = now + self._context.account.lease

    def _mark(self, indexes: Collection[int]) -> str:
        return doubt.to_mark(self._batch, indexes, self._further, self._unreadable)

    def _note(self, request: Request, outcome: Outcome) -> list[list[Request]]:
        """Write the verdicts down; what has to be sent, or sent again in parts."""
        if (
            isinstance(outcome, DestinationFailed)
            and outcome.too_large
            and not self._at_stake([request])
        ):
            # To ask again would bring the same, and hold up the lane: fewer items may do.
            outcome = Refused(outcome.detail)
        if isinstance(outcome, DestinationFailed | CredentialsRefused):
            self._fail(request, outcome)
            return []
        self._answered += 1
        if isinstance(outcome, Judged):
            again = []
            for index, item in enumerate(request.items):
                if index in outcome.again:
                    again.append(replace(item, payload=outcome.again[index]))
                    continue
                verdict = outcome.exceptions.get(index, DELIVERED)
                if isinstance(verdict, Ambiguous):
                    self._note_doubt(item, verdict)
                else:
                    self._settle_item(item, verdict)
                if index in outcome.ids:
                    self._api_ids |= dict.fromkeys(item.messages, outcome.ids[index])
            taken = [
                item
                for index, item in enumerate(request.items)
                if index not in outcome.exceptions and index not in outcome.again
            ]
            if outcome.job is not None and taken:
                self._jobs.append((outcome.job, taken))
                if self._context.account.jobs.confirm:
                    self._order.in_jobs |= {item.contact for item in taken}
            return self._waves(again) if again else []
        self._doubtful -= _indexes([request])
        assert isinstance(outcome, Refused)
        return self._refused(request, outcome)

    def _note_doubt(self, item: Item, doubt: Ambiguous) -> None:
        is_at_stake = self._is_at_stake(item.messages[0])
        if is_at_stake and self._operation.ambiguous == "hold":
            self._hold(item.messages, doubt.detail)
        elif not is_at_stake or self._operation.ambiguous == "resend":
            self._settle_item(item, ContactMissing(doubt.detail))
        elif self._failure is None:
            self._failure = RateLimited(doubt.detail, self._context.account.verify_after)

    def _fail(self, request: Request, outcome: DestinationFailed | CredentialsRefused) -> None:
        self._failure = outcome
        self._failed += isinstance(outcome, DestinationFailed) and not outcome.throttled
        if not (isinstance(outcome, DestinationFailed) and outcome.ambiguous):
            self._doubtful -= _indexes([request])
        elif self._operation.ambiguous == "hold":
            self._hold(self._at_stake([request]), outcome.detail)

    def _note_verified(self, request: Request, outcome: Outcome) -> list[Request]:
        """Write down what the API knows of messages in doubt; what to ask in the question's place.

        Without a usable answer the messages stay in doubt, and the lane waits.
        """
        if isinstance(outcome, DestinationFailed) and outcome.too_large:
            self._answered += 1
            return self._too_large(request, outcome)
        if not isinstance(outcome, Verified):
            if not isinstance(outcome, DestinationFailed | CredentialsRefused):
                outcome = DestinationFailed("the question was refused")
            self._failure = outcome
            self._failed += isinstance(outcome, DestinationFailed) and not outcome.throttled
            return []
        self._answered += 1
        for index, item in enumerate(request.items):
            if index in outcome.found:
                self._settle_item(item, outcome.found[index])
            else:
                self._doubtful -= set(item.messages)
        return []

    def _too_large(self, request: Request, outcome: DestinationFailed) -> list[Request]:
        """Ask about fewer contacts, down to one. That may have more events than can be read: then
        a person has to look; but a fault may pass, so not before it was asked about several times.
        """
        fewer = request.by_contacts()
        if len(fewer) > 1:
            self._halving = True
            return fewer
        indexes = _indexes(fewer)
        for index in indexes:
            self._unreadable[index] = self._unreadable.get(index, 0) + 1
        if all(self._unreadable[index] >= TOO_LARGE_TRIES for index in indexes):
            self._hold(indexes, outcome.detail)
        else:
            self._failure = outcome
        return []

    def _refused(self, request: Request, outcome: Refused) -> list[list[Request]]:
        """A refused request in parts: its halves, or a merged item's messages one by one, each
        in a request of its own kind."""
        self._halving = True
        if len(request.items) > 1:
            return [[half] for half in request.halves()]
        item = request.items[0]
        if len(item.messages) > 1:
            return [wave for n in item.messages for wave in self._waves([self._item(n)])]
        self._settle_item(item, Dead("rejected", outcome.detail))
        self._rejected += 1
        guard = self._context.account.flood_guard
        settled = sum(verdict is not None for verdict in self._verdicts)
        if self._rejected >= guard.least and self._rejected / settled >= guard.share:
            self._failure = Flooded("nearly everything is rejected")
        return []

    def _settle_item(self, item: Item, verdict: Verdict | Behind) -> None:
        if isinstance(verdict, ContactMissing | Behind):
            self._order.note(item, self._ids(item), verdict)
        for message in item.messages:
            self._verdicts[message] = verdict
        if isinstance(verdict, Delivered):
            self._merged += len(item.messages) - 1

    def _hold(self, indexes: Collection[int], detail: str) -> None:
        for index in indexes:
            self._verdicts[index] = Dead("ambiguous", detail)

    def _give_up_the_old(self) -> None:
        assert self._failure is not None
        lane, now = self._lease.lane, round(time.time() * 1000)
        for index, entry in enumerate(self._batch):
            old = settle.older_than(entry, lane, self._context.account.max_age, now)
            if self._verdicts[index] is None and old:
                reason = "ambiguous" if index in self._doubtful else "expired"
                self._verdicts[index] = Dead(reason, self._failure.detail)


def item_of(lane: Lane, entry: Entry, index: int) -> Item:
    """One message, at this place of its batch, as an item of its own."""
    operation = operation_of(lane.operation, entry.options)
    return Item(entry.payload, entry.contact, entry.options, (index,), operation)


def _indexes(requests: Sequence[Request]) -> set[int]:
    """The places in the batch of the messages that these requests carry."""
    return {n for request in requests for item in request.items for n in item.messages}
