"""Sends the requests of a batch: all their I/O is here (rate limits, lease, mark, HTTP)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass

from batchline.systems import api_text, wrong_url
from batchline.systems.account import LEASE_MARGIN
from batchline.systems.contract import ChecksCredentials, JudgesByStatus
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    DestinationFailed,
    Judged,
    Outcome,
    RateLimited,
    ShuttingDown,
)
from batchline.worker.delivery import rate_limits
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer, TooLarge
from batchline.worker.delivery.interpret import Rules, at_risk
from batchline.worker.delivery.kept_requests import Kept, Sent
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.delivery.prefetch import Prefetch
from batchline.worker.delivery.tracing import NO_TRACE, BatchTrace
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store import clock
from batchline.worker.store import lease as leases
from batchline.worker.store.lease import Lease

#: Seconds that a batch waits at most for a rate limit, keeping its thread.
LONGEST_WAIT = 120.0
#: Renewals in a row after which a lease that is still too short counts as lost: Redis is slow.
MOST_RENEWALS = 5


class LeaseLost(Exception):
    """The lease ran out and another worker took the lane: nothing of this batch is settled."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was sent, and its outcome."""

    request: Request
    outcome: Outcome


class Sender:
    """Sends under one lease; raises `LeaseLost` when another worker may own the lane by now."""

    def __init__(
        self,
        context: AccountContext,
        lease: Lease,
        uncertain: Uncertain,
        prefetch: Prefetch,
        trace: BatchTrace = NO_TRACE,
    ) -> None:
        self._context = context
        self._trace = trace
        self._lease = lease
        self._uncertain = uncertain
        self._prefetch = prefetch
        self._leased_until = lease.until
        #: The requests of one group run in several threads, and any of them may renew the lease.
        self._renewing = threading.Lock()
        timeout = context.account.timeout
        #: Seconds that a request may take.
        self._request = timeout.connect + timeout.read
        #: The same, with the work before and after it.
        self._longest = self._request + LEASE_MARGIN
        self._began = time.monotonic()
        #: HTTP calls made.
        self.requests = 0
        #: What is kept of them; None: nothing is.
        self.kept = Kept(context.keep_requests) if context.keep_requests else None
        self._probing = lease.probing

    @property
    def width(self) -> int:
        """How many requests go at a time."""
        return 1 if self._probing else self._context.account.parallel

    def send(
        self, group: Sequence[Request], rules: Rules, ledger: Ledger
    ) -> Iterator[Answered | RateLimited | ShuttingDown]:
        """Send these requests at once, `width` at most, as far as the rate limits allow.

        Where nobody knows whether the API works again (`Lease.probing`), `width` is 1 until a
        request was answered. The last element may be why some are not sent.
        """
        for sent in self._send_group(group, rules, ledger):
            if isinstance(sent, Answered) and not isinstance(sent.outcome, DestinationFailed):
                self._probing = False
            yield sent

    def ask(
        self, question: Request, ledger: Ledger
    ) -> Iterator[Answered | RateLimited | ShuttingDown]:
        """Send a question, which changes nothing at the API."""
        yield from self._send_group([question], None, ledger)

    def _send_group(
        self, group: Sequence[Request], rules: Rules | None, ledger: Ledger
    ) -> Iterator[Answered | RateLimited | ShuttingDown]:
        context = self._context
        while group:
            if self.requests and context.stopping():
                yield ShuttingDown()
                return
            grant = self._take(len(group))
            allowed, group = group[: grant.requests], group[grant.requests :]
            if allowed:
                # Requests that are not allowed yet are not about to be sent.
                self._announce(allowed, rules)
                outcomes = self._send_all(allowed)
                rate_limits.release(
                    context.store, self._lease.lane.account, context.account, grant, outcomes
                )
                yield from map(Answered, allowed, outcomes)
            if ledger.stop is not None:
                return
            if group and context.meter is not None:
                context.meter.limited(self._lease.lane.account, grant.wait)
            if group and not self._waits(grant.wait, ledger):
                yield RateLimited(grant.wait)
                return

    def _take(self, wanted: int) -> rate_limits.Grant:
        store, account = self._context.store, self._context.account
        return rate_limits.take(store, self._lease.lane.account, account, wanted, self._longest)

    def _waits(self, seconds: float, ledger: Ledger) -> bool:
        """Wait here for the rate limit if the batch would lose what it has learned; whether it did.

        It waits shortly, for its thread serves nobody meanwhile. Longer where a smaller batch
        would lose the same: while a guilty message is sought, and where the batch is one message.
        A batch that lasts as long as a lane may is settled, once there is something to settle.
        """
        lease, lasts = self._lease, time.monotonic() - self._began
        if lasts > self._context.budget and len(ledger.open()) < len(ledger):
            return False
        slice_ = self._context.account.lease / 4
        must = lease.suspicion.window > 0 or lease.cut == 1
        if not ledger.unsaved or seconds > (LONGEST_WAIT if must else slice_):
            return False
        until = time.monotonic() + seconds
        while not self._context.stopping():
            self._keep_lease()
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, slice_))
        return False

    def _announce(self, requests: Sequence[Request], rules: Rules | None) -> None:
        """Write the mark of the messages about to be sent, if Redis lacks one; keep the lease."""
        unwritten = False
        if rules is not None:
            for request in requests:
                unwritten = self._uncertain.add(at_risk(request, rules)) or unwritten
        if unwritten:
            self._renew(self._uncertain.mark())
            self._uncertain.written()
        else:
            self._keep_lease()

    def _keep_lease(self) -> None:
        """Renew the lease, unless it outlives a request that begins now."""
        with self._renewing:
            if self._left() < self._longest - LEASE_MARGIN / 2:
                self._renew("")
            for _ in range(MOST_RENEWALS):
                if self._left() >= self._request:
                    return
                self._renew("")
        raise LeaseLost

    def _left(self) -> float:
        """Seconds until the lease is over; negative once another worker may own the lane."""
        return self._leased_until - clock.seconds()

    def _renew(self, mark: str) -> None:
        account = self._context.account
        until = leases.renew(self._context.store, self._lease, account.lease, mark)
        if until is None:
            raise LeaseLost
        self._leased_until = until

    def _send_all(self, requests: Sequence[Request]) -> list[Outcome]:
        self.requests += len(requests)
        self._prefetch.begin()
        if len(requests) == 1:
            return [self._send(requests[0])]
        under_way = [self._context.pool.submit(self._send, request) for request in requests]
        try:
            return [one.result() for one in under_way]
        finally:
            # Whatever was raised, nothing of this lane is sent once this method has ended.
            for one in under_way:
                one.cancel()
            wait(under_way)

    def _send(self, request: Request) -> Outcome:
        """Send one request, which begins only while the lease outlives it."""
        context, now = self._context, time.time()
        call = context.system.call(request, context.account, now)
        self._keep_lease()
        started, answer = time.monotonic(), None
        try:
            answer = self._exchange(call)
        except NoAnswer as error:
            status = error.status
            by_its_status = self._by_status(error, now)
            if by_its_status is None:
                failed = DestinationFailed(
                    str(error),
                    ambiguous=error.sent,
                    too_large=isinstance(error, TooLarge),
                    unreachable=error.unreachable,
                )
                self._measure(call, status, failed, started)
                self._keep(request, call, status, failed, None, started)
                return failed
            judged = by_its_status
        else:
            status = str(answer.status)
            judged = context.system.judge(request, answer, context.account, now)
            judged = wrong_url.explained(judged, answer, context.account)
        outcome = api_text.cleaned(judged, request.items, context.account.secret_texts())
        self._measure(call, status, outcome, started)
        self._keep(request, call, status, outcome, answer, started)
        if isinstance(outcome, CredentialsRefused):
            return self._confirmed(outcome)
        return outcome

    def _exchange(self, call: HttpCall) -> HttpAnswer:
        """The answer to a call, with its span; raises NoAnswer."""
        with self._trace.request(call) as told:
            answer = self._context.http.send(call)
            told.answered(answer.status)
            return answer

    def _measure(self, call: HttpCall, status: str, outcome: Outcome, started: float) -> None:
        meter = self._context.meter
        if meter is not None:
            seconds = time.monotonic() - started
            lane, trace_id = self._lease.lane, self._trace.trace_id
            meter.requested(lane, call, status, outcome, seconds, trace_id)

    def _keep(
        self,
        request: Request,
        call: HttpCall,
        status: str,
        outcome: Outcome,
        answer: HttpAnswer | None,
        started: float,
    ) -> None:
        if self.kept is not None:
            seconds = time.monotonic() - started
            self.kept.add(Sent(request, call, status, outcome, answer, started, seconds))

    def _by_status(self, error: NoAnswer, now: float) -> Outcome | None:
        """The outcome of an answer whose body could not be read, if its status decides."""
        context = self._context
        if error.begun is None or not isinstance(context.system, JudgesByStatus):
            return None
        return context.system.judge_status(error.begun, context.account, now)

    def _confirmed(self, refused: CredentialsRefused) -> CredentialsRefused | DestinationFailed:
        """The outcome, if a harmless request is refused too; else it is not the account's fault."""
        context, now = self._context, time.time()
        system, account = context.system, context.account
        if not isinstance(system, ChecksCredentials):
            return refused
        question = system.credentials_request(account)
        self.requests += 1
        call, started = system.call(question, account, now), time.monotonic()
        try:
            answer = self._exchange(call)
        except NoAnswer as error:
            failed = DestinationFailed(str(error))
            self._keep(question, call, error.status, failed, None, started)
            return DestinationFailed(f"{refused.detail}; asked whether it is so: {error}")
        outcome = system.judge(question, answer, account, now)
        shown = api_text.cleaned(outcome, (), account.secret_texts())
        self._keep(question, call, str(answer.status), shown, answer, started)
        if isinstance(outcome, CredentialsRefused):
            return refused
        said = "takes the credentials" if isinstance(outcome, Judged) else "fails too"
        return DestinationFailed(f"{refused.detail}; {question.path.partition('?')[0]} {said}")
