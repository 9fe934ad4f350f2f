"""The store's metrics in Prometheus' form: for `batchline metrics`, and for Flower's /metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from batchline.producers.settings import Settings
from batchline.worker.metrics import metric, table
from batchline.worker.metrics.samples import Samples
from batchline.worker.metrics.source import Background, Source

#: Seconds between two readings of the store, where it is read in the background.
EVERY = 10.0


class Sampled(Protocol):
    """What has samples of the store."""

    by_partition: bool

    def samples(self) -> Samples: ...


class StoreCollector(Collector):
    """The store's metrics."""

    def __init__(self, source: Sampled) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        """A family for each metric that has samples."""
        return list(families(self._source.samples(), self._source.by_partition))

    def describe(self) -> Iterable[Metric]:
        """The families without samples: a registry asks for their names, and reads nothing."""
        return [_family(one, one.labels) for one in table.METRICS if one.source != "worker"]


def families(samples: Samples, by_partition: bool = False) -> Iterator[Metric]:
    """The samples as families."""
    for one in table.METRICS:
        if one.name in samples:
            inner = ("partition",) if by_partition and one.by_partition else ()
            family = _family(one, (*one.labels, *inner))
            for labels, value in sorted(samples[one.name].items()):
                family.add_metric(labels, value)
            yield family


def _family(one: metric.Metric, labels: tuple[str, ...]) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
    return kind(one.name, one.help, labels=labels)


def registry_of(source: Sampled) -> CollectorRegistry:
    """A registry with the store's metrics alone."""
    registry = CollectorRegistry()
    registry.register(StoreCollector(source))
    return registry


def text(source: Sampled) -> str:
    """The store's metrics as Prometheus reads them."""
    return generate_latest(registry_of(source)).decode()


def register(
    settings: Settings, registry: CollectorRegistry = REGISTRY, every: float = EVERY
) -> Background:
    """Add the store's metrics to a registry, such as the default one that Flower's /metrics shows.

    A thread reads the store: whoever collects gets its last reading at once, so that Flower's pages
    never wait for Redis. The result can be stopped.
    """
    background = Background(Source.open(settings), every)
    registry.register(StoreCollector(background))
    return background
