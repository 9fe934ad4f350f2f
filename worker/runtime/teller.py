"""Tells people of troubles: one line in the log at the beginning and one at the end, and Sentry."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from uuid import uuid4

from redis.exceptions import RedisError

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.worker.runtime import sentry
from batchline.worker.store import room
from batchline.worker.store.store import Store
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles import watch
from batchline.worker.troubles.trouble import Trouble
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import news_fields, news_line

log = logging.getLogger(__name__)
sentry.ignore(log)

#: Seconds between two looks of a worker for news.
EVERY = 1.0


class Teller:
    """Tells what a worker is the first to take of the news; used by one thread."""

    def __init__(self) -> None:
        self._again_at = 0.0
        self._away: Trouble | None = None
        self._away_since = 0.0
        self._refused = ""
        self._is_full = False

    def tell(self, store: Store, settings: Settings) -> None:
        """Take the news and tell it, if it is time. Only Redis' errors pass: lanes come first."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + EVERY
        full = room.refusal(store)
        self._is_full = full is not None
        if full is not None:
            self.redis_is_away(full)
        try:
            watch.look(store, settings.stall_after, kept=Kept.of(settings))
            tell_news(store)
        except RedisError:
            raise
        except Exception as error:
            log.exception("telling of troubles failed, and goes on")
            sentry.reporter.fault(error, store)

    def redis_is_away(self, error: Exception) -> None:
        """Tell it once: the news of it cannot be in Redis, so that each worker tells its own."""
        if self._away is None:
            self._away = troubles.redis_away(f"{type(error).__name__}: {described(error)}")
            self._away_since = time.monotonic()
            tell(self._away)

    def redis_refuses(self, error: RedisError) -> None:
        """Tell it once that Redis answers with an error which does not pass by itself."""
        if str(error) != self._refused:
            self._refused = str(error)
            log.error("dispatch failed, and goes on: Redis answers with an error: %s", error)
            sentry.reporter.refusal(error)

    def redis_answers(self) -> None:
        """Tell the end of it, if it was away. A full Redis answers, and takes nothing new."""
        self._refused = ""
        if self._away is not None and not self._is_full:
            lasted = round((time.monotonic() - self._away_since) * 1000)
            tell(replace(self._away, event="ended", at=self._away.since + lasted))
            self._away = None


def tell_news(store: Store) -> None:
    """Take the news that is to be told now, and tell it."""
    taking = uuid4().hex
    found = troubles.take_news(store, taking)
    for news in found:
        tell(news, store)
    if found:
        troubles.are_told(store, taking)


def tell(news: Trouble, store: Store | None = None) -> None:
    """Write the line; one that begins goes to Sentry too. `store`: None while Redis is away."""
    level = news.row.level if news.event == "began" else logging.WARNING
    log.log(level, "%s", news_line(news), extra={"fields": news_fields(news)})
    sentry.reporter.trouble(news, store)
