"""Asks an API: direct calls past the lanes that change nothing there.

They keep to the account's rate limits, which all workers share in Redis, and to its timeouts.
"""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from redis.exceptions import RedisError

from batchline.producers.errors import (
    AccountRefused,
    BadArgument,
    CallRefused,
    LimitReached,
    QuestionUnanswered,
    RedisUnavailable,
    WrongSystem,
)
from batchline.producers.settings import Settings
from batchline.systems import api_text, wrong_url
from batchline.systems.account import LEASE_MARGIN
from batchline.systems.contract import ChecksCredentials
from batchline.systems.question import Question, Result
from batchline.systems.registry import systems
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
    Verified,
)
from batchline.worker.delivery import rate_limits
from batchline.worker.delivery.http import Http, NoAnswer
from batchline.worker.delivery.rate_limits import Grant
from batchline.worker.store.store import Store

R = TypeVar("R", bound=Result)
#: Seconds between two looks whether there is room.
SHORTEST_WAIT = 0.01


class Asker:
    """Asks one account; a context manager, which closes its connections at the end."""

    def __init__(self, settings: Settings, account: str, wait: float) -> None:
        """`wait`: the seconds that each question waits for the rate limit at most.

        Raises UnknownAccount, InvalidSettings for a secret that is not here, and ValueError for a
        wait that is no number of seconds.
        """
        if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait < 10**6:
            raise BadArgument("wait must be a number of seconds from 0 on")
        self.account = settings.account(account)
        settings.require_secrets(account)
        self.name = account
        self._settings = settings
        self._wait = wait
        self._adapter = systems()[self.account.system].adapter
        self._http = Http(self.account.timeout, 1, self.account.proxy, self.account.ca_file)
        self._opened: Store | None = None
        #: Seconds until the last answer came, without the wait for the rate limit.
        self.seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        if self._opened is not None:
            self._opened.connections.close()
            self._opened.client.close()

    def ask(self, question: Question[R]) -> R:
        """The question's result.

        Raises WrongSystem, LimitReached, RedisUnavailable, QuestionUnanswered, CallRefused or
        AccountRefused; each names the account and the question, and says what to do.
        """
        if question.system != self.account.system:
            raise WrongSystem(question.name, question.system, self.name, self.account.system)
        answer, outcome = self._exchange(question.request, question.name)
        is_success = isinstance(outcome, Judged) and not outcome.exceptions
        result = question.read(answer) if is_success else question.missing(answer)
        if result is None:
            raise self._failure(outcome, question.name)
        return result

    def verify(self, request: Request, name: str) -> Verified:
        """What the API says of the messages in a request of `Verifies.verify`; raises as `ask`."""
        _, outcome = self._exchange(request, name)
        if not isinstance(outcome, Verified):
            raise self._failure(outcome, name)
        return outcome

    def credentials(self) -> tuple[HttpAnswer, Outcome] | None:
        """The answer to the system's harmless request that only good credentials get.

        None where the system has no such request. Raises LimitReached, RedisUnavailable or
        QuestionUnanswered.
        """
        if not isinstance(self._adapter, ChecksCredentials):
            return None
        request = self._adapter.credentials_request(self.account)
        return self._exchange(request, request.path.partition("?")[0])

    def _exchange(self, request: Request, name: str) -> tuple[HttpAnswer, Outcome]:
        grant, now = self._granted(name), time.time()
        outcome: Outcome = DestinationFailed("no answer")
        try:
            call, began = self._adapter.call(request, self.account, now), time.monotonic()
            answer = self._http.send(call)
            self.seconds = time.monotonic() - began
            judged = self._adapter.judge(request, answer, self.account, now)
            judged = wrong_url.explained(judged, answer, self.account)
            outcome = api_text.cleaned(judged, request.items, self.account.secret_texts())
        except NoAnswer as error:
            raise QuestionUnanswered(self.name, name, str(error)) from None
        finally:
            self._release(grant, outcome)
        return answer, outcome

    def _granted(self, name: str) -> Grant:
        """A grant for one request, as soon as the rate limit allows it."""
        if not rate_limits.is_limited(self.account):
            return rate_limits.UNLIMITED
        ends = time.monotonic() + self._wait
        reserves = False
        while True:
            grant = self._take(reserves)
            if grant.requests:
                return grant
            if grant.wait > max(ends - time.monotonic(), 0.0):
                raise LimitReached(self.name, name, grant.wait)
            time.sleep(max(grant.wait, SHORTEST_WAIT))
            reserves = True

    def _take(self, reserves: bool) -> Grant:
        timeout = self.account.timeout
        seconds = timeout.connect + timeout.read + LEASE_MARGIN
        try:
            return rate_limits.take(
                self._store(), self.name, self.account, 1, seconds, False, reserves
            )
        except RedisError as error:
            raise RedisUnavailable(
                f"account {self.name!r}: Redis, which keeps its rate limits, cannot be asked, so "
                f"nothing was asked: {error}"
            ) from error

    def _release(self, grant: Grant, outcome: Outcome) -> None:
        """End the grant. Where Redis is away by now, it ends by itself."""
        if grant.name:
            with suppress(RedisError):
                rate_limits.release(
                    self._store(), self.name, self.account, grant, [outcome], is_patient=False
                )

    def _store(self) -> Store:
        if self._opened is None:
            self._opened = Store.open(self._settings, self._settings.enqueue_timeout)
        return self._opened

    def _failure(self, outcome: Outcome, name: str) -> Exception:
        """The error of an outcome that answers nothing."""
        who = f"account {self.name!r}, {name}"
        match outcome:
            case CredentialsRefused(detail):
                return AccountRefused(
                    f"{who}: the API refused the account ({detail}). Compare address, credentials "
                    f"and owner of [accounts.{self.name}] with the API's own pages (`batchline "
                    "config` shows what is in force)"
                )
            case Refused(detail) | Judged(exceptions={0: Dead(detail=detail)}):
                return CallRefused(
                    f"{who}: the API refused the question: {detail}. Mend what it names, and ask "
                    "again"
                )
            case DestinationFailed(detail, retry_after=retry_after):
                return QuestionUnanswered(self.name, name, detail, retry_after)
        return QuestionUnanswered(self.name, name, "the answer is not one that this API documents")
