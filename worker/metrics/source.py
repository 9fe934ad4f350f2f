"""Where the samples of the store come from: its connections, and when they are read."""

from __future__ import annotations

import logging
import threading

import redis

from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings
from batchline.worker.metrics import reading, samples
from batchline.worker.metrics.samples import Samples
from batchline.worker.store import clock
from batchline.worker.store.store import Store

log = logging.getLogger(__name__)

#: Seconds that Redis is waited for: a scrape of Prometheus ends after 10.
TIMEOUT = 4.0
#: Seconds for which what was read is good: two scrapers read once.
FRESH = 1.0


class Source:
    """Reads the store when it is asked, and once a second at most; safe to use from threads."""

    def __init__(
        self, store: Store, broker: redis.Redis, settings: Settings, by_partition: bool = False
    ) -> None:
        self.store = store
        self._broker = broker
        self._max_age = {name: account.max_age for name, account in settings.accounts.items()}
        self.by_partition = by_partition
        self._lock = threading.Lock()
        self._last: Samples = {}
        self._read_at = float("-inf")

    @classmethod
    def open(cls, settings: Settings, by_partition: bool | None = None) -> Source:
        """The source that the settings name. Raises `NoRedis` when they name no Redis.

        `by_partition`: whether lanes have the label `partition`; None: as the settings say.
        """
        store = Store.open(settings, TIMEOUT)
        broker = connect(settings.celery_url(), TIMEOUT, ca_file=settings.redis_ca_file)
        wanted = settings.metrics.partitions if by_partition is None else by_partition
        return cls(store, broker, settings, wanted)

    def close(self) -> None:
        """Close the connections."""
        self.store.connections.close()
        self.store.client.close()
        self._broker.close()

    def samples(self) -> Samples:
        """The samples now; where Redis does not answer, `batchline_redis_up` says so."""
        with self._lock:
            if clock.seconds() - self._read_at > FRESH:
                found = reading.read(self.store, self._broker, self._max_age)
                self._last = samples.of(found, self.by_partition)
                self._read_at = clock.seconds()
            return self._last


class Background:
    """Reads a source in a thread of its own: whoever asks gets what was read last, at once."""

    def __init__(self, source: Source, every: float) -> None:
        self.by_partition = source.by_partition
        self._source = source
        self._every = every
        self._over = threading.Event()
        self._last: Samples = {}
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def samples(self) -> Samples:
        """The samples of the last reading; none before the first has ended."""
        return self._last

    def stop(self) -> None:
        """Read no more, and close the connections."""
        self._over.set()
        self._thread.join()
        self._source.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._last = self._source.samples()
            except Exception:
                log.exception("reading the store for its metrics failed, and goes on")
            self._over.wait(self._every)
