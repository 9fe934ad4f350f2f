"""Watches over the alerts: one worker at a time looks at the store, and tells the webhook.

What is to be told stands in Redis until it is told: a webhook that is away is told later, and so is
what a worker that died had not told yet. So an alert is told at least once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from redis.exceptions import RedisError

from batchline.producers.errors import InvalidSettings
from batchline.producers.settings import Settings
from batchline.worker.alerts import evaluate, notify
from batchline.worker.alerts import store as kept
from batchline.worker.alerts.evaluate import Key, Notice, State
from batchline.worker.alerts.notify import NotTold
from batchline.worker.alerts.table import BY_NAME
from batchline.worker.alerts.view import View
from batchline.worker.metrics import table as metrics
from batchline.worker.metrics.samples import Samples
from batchline.worker.metrics.source import Source
from batchline.worker.store import clock, redis_clock
from batchline.worker.store.scripts import is_of_the_server
from batchline.worker.store.store import Store

log = logging.getLogger(__name__)

#: Looks that a worker may miss before another one watches.
MISSED = 3
#: Seconds between two tries of a webhook that is away: at first, and at most.
FIRST, MOST = 15.0, 300.0
STORE_DOWN = Key("BatchlineStoreDown", ())


def is_away(samples: Samples) -> bool:
    """Whether the Redis of the lanes does not answer."""
    return samples.get(metrics.REDIS_UP.name, {}).get(("lanes",)) == 0


def look(store: Store, samples: Samples) -> View:
    """What the alerts are decided by, now; the samples are remembered."""
    now, known = redis_clock.now(store), kept.history(store)
    kept.remember(store, known, now, samples)
    return View(now, samples, known)


class Watcher:
    """Looks, and tells; used by one thread."""

    def __init__(
        self, settings: Settings, source: Source, tell: Callable[..., None] = notify.post
    ) -> None:
        self._settings = settings
        self._source = source
        self._store = source.store
        self._post = tell
        self._watched = False
        #: `clock.seconds` since when Redis is away, and whether that was told.
        self._away_since: float | None = None
        self._away: State | None = None
        self._again_at = float("-inf")
        self._pause = FIRST
        self._fault = ""

    def run(self, over: threading.Event) -> None:
        """Look every so often, until it is over."""
        while not over.wait(self._settings.alerts.every):
            try:
                self.tick()
            except Exception:
                log.exception("watching over the alerts failed, and goes on")

    def tick(self) -> None:
        """Look once, if this worker watches; else the store is not read."""
        try:
            self._watched = kept.watches(self._store, MISSED * self._settings.alerts.every)
            self._redis_answers()
            if self._watched:
                samples = self._source.samples()
                if not is_away(samples):
                    self._look(samples)
        except RedisError as error:
            if is_of_the_server(error):
                self._redis_is_away()
            else:
                log.error("watching over the alerts: Redis answers with an error: %s", error)

    def _look(self, samples: Samples) -> None:
        view = look(self._store, samples)
        before = kept.states(self._store)
        states = evaluate.step(before, evaluate.holding(view), view.now)
        kept.save(self._store, before, states)
        due = evaluate.notices(states, view.now, self._settings.alerts.repeat)[: notify.MOST]
        if due and self._tell(due):
            kept.save(self._store, states, evaluate.told(states, due, view.now))

    def _redis_is_away(self) -> None:
        """Tell it, if this worker was the one that watched: nothing of it can be in Redis."""
        if self._away_since is None:
            self._away_since = clock.seconds()
        lasts = BY_NAME[STORE_DOWN.alert].lasts
        passed = clock.seconds() - self._away_since
        if not self._watched or self._away is not None or passed < lasts:
            return
        now = round(time.time() * 1000)
        state = State(0.0, now - round(passed * 1000), now)
        if self._tell([Notice("firing", STORE_DOWN, state)]):
            self._away = state

    def _redis_answers(self) -> None:
        if self._away is not None:
            ended = replace(self._away, away=round(time.time() * 1000))
            if not self._tell([Notice("resolved", STORE_DOWN, ended)]):
                return
        self._away_since = self._away = None

    def _tell(self, due: Sequence[Notice]) -> bool:
        """Tell the webhook; whether it took it. One that is away is tried ever more rarely."""
        if clock.seconds() < self._again_at:
            return False
        alerts = self._settings.alerts
        try:
            address = alerts.address()
            if address is None:
                return False
            self._post(address, alerts.form, due, alerts, self._settings.key_prefix)
        except (NotTold, InvalidSettings) as error:
            self._again_at = clock.seconds() + self._pause
            self._pause = min(MOST, 2 * self._pause)
            if str(error) != self._fault:
                self._fault = str(error)
                log.error(
                    "alerts are not told, %s: %s. They wait, and are tried again",
                    ", ".join(sorted({one.key.alert for one in due})),
                    error,
                )
            return False
        if self._fault:
            log.warning("alerts are told again")
        self._fault, self._again_at, self._pause = "", float("-inf"), FIRST
        for one in due:
            log.warning("alert %s: %s: %s", one.status, one.key.alert, notify.summary(one))
        return True
