"""Reports to Sentry: never payloads, credentials, personal data, or anybody's own words.

The client is Batchline's own. It patches nothing, listens to no log, and an application or plug-in
in the same process keeps the one that it has set up.
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import sentry_sdk
from redis.exceptions import RedisError
from sentry_sdk.integrations.logging import ignore_logger

from batchline.producers.lanes import Lane
from batchline.producers.settings import Settings
from batchline.systems.scrub import Scrubber
from batchline.worker.runtime import sentry_events
from batchline.worker.runtime.sentry_events import Event
from batchline.worker.store import clock, redis_clock
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

log = logging.getLogger(__name__)

#: Seconds that a worker which ends waits until what it has reported is sent.
FLUSH = 2.0
#: Milliseconds between two check-ins, and for which a check-in is remembered.
CHECK_IN_EVERY, CHECK_IN_KEPT = 60_000, 180_000
#: Spans of Celery's tasks: wake-ups, which say nothing of messages.
OF_WAKE_UPS: Any = {"attributes": {"sentry.origin": "auto.queue.celery"}}


def ignore(log: logging.Logger) -> None:
    """Keep this logger's lines, which hold the API's words, out of an application's own Sentry."""
    ignore_logger(log.name)


class Reporter:
    """Reports what it is given; of one fingerprint one event in `every` seconds, over all workers.

    Nothing that it does raises: a worker goes on without Sentry.
    """

    def __init__(self, client: Any, every: float, monitor: str) -> None:
        """`monitor`: the slug of the monitor that gets check-ins; "": none does."""
        self._client = client
        self._every = every
        self._monitor = monitor
        #: Fingerprint -> when this process may report it again, while Redis cannot say it.
        self._again: dict[str, float] = {}
        self._minute = 0

    def trouble(self, trouble: Trouble, store: Store | None) -> None:
        """Report a trouble that begins. `store`: None while Redis is away."""
        try:
            event = sentry_events.of_trouble(trouble)
        except Exception as error:
            log.warning("Sentry got no report: %s", type(error).__name__)
            return
        if event is not None:
            self._report(event, store)

    def fault(self, error: Exception, store: Store | None, lane: Lane | None = None) -> None:
        """Report an exception of ours, or of a plug-in."""
        try:
            event = sentry_events.of_fault(error, lane, self._client.options)
        except Exception as failure:
            log.warning("Sentry got no report: %s", type(failure).__name__)
            return
        self._report(event, store)

    def refusal(self, error: Exception) -> None:
        """Report that Redis answers with an error."""
        self._report(sentry_events.of_refusal(error), None)

    def check_in(self, store: Store) -> None:
        """Check in, if no worker has in this minute of Batchline's clock, and Redis has room."""
        if not self._monitor:
            return
        with suppress(RedisError):
            minute = redis_clock.now(store) // CHECK_IN_EVERY
            if minute == self._minute:
                return
            self._minute = minute
            if store.client.set(store.keys.checked_in(minute), 1, nx=True, px=CHECK_IN_KEPT):
                self._capture(sentry_events.of_check_in(self._monitor, uuid4().hex))

    def _report(self, event: Event, store: Store | None) -> None:
        name = "\n".join(event["fingerprint"])
        if self._may_report(name, store):
            self._capture(event)

    def _may_report(self, name: str, store: Store | None) -> bool:
        if store is not None:
            key = store.keys.reported(sha256(name.encode(errors="replace")).hexdigest()[:32])
            with suppress(RedisError):
                return bool(store.client.set(key, 1, nx=True, px=round(self._every * 1000)))
        now = clock.seconds()
        if now < self._again.get(name, 0.0):
            return False
        self._again = {one: until for one, until in self._again.items() if until > now}
        self._again[name] = now + self._every
        return True

    def _capture(self, event: Event) -> None:
        try:
            self._client.capture_event(event, scope=sentry_sdk.Scope())
        except Exception as error:
            log.warning("Sentry got no report: %s", type(error).__name__)


class _Nobody(Reporter):
    """Without `sentry_dsn` nothing is reported."""

    def __init__(self) -> None:
        super().__init__(None, 0.0, "")

    def fault(self, error: Exception, store: Store | None, lane: Lane | None = None) -> None:
        pass

    def _report(self, event: Event, store: Store | None) -> None:
        pass


#: Whom this process reports to.
reporter: Reporter = _Nobody()
#: The client of the spans; None: Sentry gets none.
_client: Any = None


def spans() -> Any:
    """The client that takes this process' spans; None: there is none."""
    return _client


def start_sentry(settings: Settings) -> None:
    """Report to Sentry from now on, if `sentry_dsn` is set."""
    if settings.sentry_dsn is None:
        return
    client = new_client(settings.sentry_dsn.get_secret_value(), settings)
    atexit.register(client.close, timeout=FLUSH)
    report_to(client, settings)


def report_to(client: Any, settings: Settings) -> None:
    """Report to this client from now on."""
    global reporter, _client
    _client = client
    reporter = Reporter(client, settings.sentry_every, settings.sentry_monitor)


def report_to_nobody() -> None:
    """Report nothing from now on."""
    global reporter, _client
    _client = None
    reporter = _Nobody()


def new_client(dsn: str, settings: Settings, **options: Any) -> Any:
    """A client of Sentry that patches nothing, and masks every text that it sends."""
    scrubber = Scrubber(secrets_of(settings))

    def scrubbed(item: Any, hint: Any) -> Any:
        return scrubber.value(item)

    return sentry_sdk.Client(
        dsn=dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        enable_logs=False,
        enable_metrics=False,
        before_send=scrubbed,
        before_send_transaction=scrubbed,
        before_send_span=scrubbed,
        trace_lifecycle="stream",
        before_send_log=scrubbed,
        before_send_metric=scrubbed,
        traces_sample_rate=settings.traces_sample_rate,
        enable_backpressure_handling=False,  # a trace is kept as a whole
        ignore_spans=[OF_WAKE_UPS],
        trace_propagation_targets=[],  # an API gets no header of ours
        **options,
    )


def secrets_of(settings: Settings) -> list[str]:
    """Every secret of the settings: those of accounts, and passwords in addresses."""
    found: list[str] = []
    addresses: list[str | None] = [settings.redis_url, settings.broker_url]
    for account in settings.accounts.values():
        found += account.secret_texts()
        addresses += [account.url, account.proxy]
    for address in addresses:
        found += _in_address(address or "")
    return [one for one in found if one]


def _in_address(address: str) -> Iterator[str]:
    """User name, password and parameters of an address, as they are spelled and as they are."""
    parts = urlsplit(address)
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    for text in (user, password):
        yield from (text, unquote(text))
    yield from (value for name, value in parse_qsl(parts.query) if "password" in name)
