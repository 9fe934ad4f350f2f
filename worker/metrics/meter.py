"""What a worker process did: counted while it delivers, and shown at its own port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from batchline.producers.lanes import Lane
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import HttpCall
from batchline.systems.verdicts import (
    CredentialsRefused,
    DestinationFailed,
    Flooded,
    Outcome,
    Stop,
)
from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.kept_requests import verdict_of
from batchline.worker.delivery.latency import Latencies
from batchline.worker.metrics import metric, table
from batchline.worker.metrics.samples import build_info
from batchline.worker.store.batch import Batch

#: Account -> lanes of it that are under way; and how many may be.
Busy = Callable[[], Mapping[str, int]]


class WorkerMeter:
    """Counts what the deliveries of this process tell (`worker/delivery/meter.py`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._batches = self._counter(table.BATCHES)
        self._messages = self._histogram(table.BATCH_MESSAGES)
        self._fill = self._histogram(table.FILL)
        self._requests = self._counter(table.REQUESTS)
        self._seconds = self._histogram(table.REQUEST_SECONDS)
        self._retries = self._counter(table.RETRIES)
        self._limit_waits = self._counter(table.LIMIT_WAITS)
        self._limit_seconds = self._counter(table.LIMIT_SECONDS)
        self._claims = self._counter(table.CLAIMS)
        self._latency = _Latency()
        self.registry.register(self._latency)

    def claimed(self, result: str) -> None:
        """As `Meter.claimed`."""
        self._claims.labels(result).inc()

    def settled(
        self, operation: EffectiveOperation, batch: Batch, result: BatchResult, now: int
    ) -> None:
        """As `Meter.settled`."""
        labels, stop = batch.lane[:2], result.ledger.stop
        self._batches.labels(*labels, outcome_of(stop)).inc()
        self._messages.labels(*labels).observe(len(batch))
        self._fill.labels(*labels).observe(len(batch) / operation.batch_size)
        cause = cause_of(stop)
        if cause:
            self._retries.labels(*labels, cause).inc()
        if result.ledger.delivered:
            self._latency.add(labels, Latencies(batch, result.ledger, now))

    def requested(
        self,
        lane: Lane,
        call: HttpCall,
        status: str,
        outcome: Outcome,
        seconds: float,
        trace_id: str = "",
    ) -> None:
        """As `Meter.requested`."""
        labels = lane[:2]
        self._requests.labels(*labels, status_class(status), verdict_of(outcome)).inc()
        exemplar = {"trace_id": trace_id} if trace_id else None
        self._seconds.labels(*labels, call.method).observe(seconds, exemplar)

    def limited(self, account: str, seconds: float) -> None:
        """As `Meter.limited`."""
        self._limit_waits.labels(account).inc()
        self._limit_seconds.labels(account).inc(seconds)

    def _counter(self, one: metric.Metric) -> Counter:
        return Counter(one.name, one.help, one.labels, registry=self.registry)

    def _histogram(self, one: metric.Metric) -> Histogram:
        names, registry = one.labels, self.registry
        return Histogram(one.name, one.help, names, registry=registry, buckets=one.buckets)


class WorkerGauges(Collector):
    """What the process is at when it is asked."""

    def __init__(self, threads: int, busy: Busy, dispatched_at: Callable[[], float]) -> None:
        """`threads`: lanes of one account at once; `dispatched_at`: UNIX seconds, 0: not yet."""
        self._threads = threads
        self._busy = busy
        self._dispatched_at = dispatched_at

    def describe(self) -> Iterable[Metric]:
        """The families without samples."""
        every = (table.BUILD_INFO, table.THREADS, table.THREADS_BUSY, table.LAST_DISPATCH)
        return [_gauge(one) for one in every]

    def collect(self) -> Iterable[Metric]:
        """The families now."""
        info, threads, busy, last = self.describe()
        for labels, value in build_info().items():
            info.add_metric(labels, value)  # type: ignore[attr-defined]
        for account, count in sorted(self._busy().items()):
            threads.add_metric((account,), self._threads)  # type: ignore[attr-defined]
            busy.add_metric((account,), count)  # type: ignore[attr-defined]
        if at := self._dispatched_at():
            last.add_metric((), at)  # type: ignore[attr-defined]
        return [info, threads, busy, last]


class _Latency(Collector):
    """Latencies of deliveries, counted in buckets batch by batch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Labels -> of each bucket, and behind them of all, how many took no longer.
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def add(self, labels: tuple[str, ...], latencies: Latencies) -> None:
        """Count a batch."""
        size = len(latencies)
        within = [size - latencies.longer_than(1000 * le) for le in table.LATENCY.buckets]
        total = latencies.sum() / 1000
        with self._lock:
            before = self._counts.get(labels) or [0] * (len(within) + 1)
            counts = zip(before, [*within, size], strict=True)
            self._counts[labels] = [old + new for old, new in counts]
            self._sums[labels] = self._sums.get(labels, 0.0) + total

    def describe(self) -> Iterable[Metric]:
        """The family without samples."""
        return [_latency_family()]

    def collect(self) -> Iterable[Metric]:
        """The family now."""
        family = _latency_family()
        with self._lock:
            counts, sums = dict(self._counts), dict(self._sums)
        bounds = [*(f"{bound:g}" for bound in map(float, table.LATENCY.buckets)), "+Inf"]
        for labels, found in counts.items():
            buckets: Any = list(zip(bounds, found, strict=True))
            family.add_metric(labels, buckets, sums[labels])
        return [family]


def _gauge(one: metric.Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(one.name, one.help, labels=one.labels)


def _latency_family() -> HistogramMetricFamily:
    one = table.LATENCY
    return HistogramMetricFamily(one.name, one.help, labels=one.labels)


def outcome_of(stop: Stop | None) -> str:
    """What became of a batch: done, failed, refused, waits."""
    match stop:
        case None:
            return "done"
        case DestinationFailed():
            return "failed"
        case CredentialsRefused() | Flooded():
            return "refused"
    return "waits"


def cause_of(stop: Stop | None) -> str:
    """Why a batch is tried again; "" where it is not, or waits for something else."""
    match stop:
        case DestinationFailed(throttled=True):
            return "throttled"
        case DestinationFailed(blocked=True):
            return "blocked"
        case DestinationFailed(unreachable=True):
            return "host"
        case DestinationFailed():
            return "operation"
        case CredentialsRefused():
            return "credentials"
    return ""


def status_class(status: str) -> str:
    """An HTTP status in few classes; "timeout" and "broken" as they are."""
    if status in ("200", "429") or not status.isdigit():
        return status
    return f"{status[0]}xx"
