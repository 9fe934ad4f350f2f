"""One metric: its name, type, unit, labels, where it comes from, and what to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]
Unit = Literal["messages", "lanes", "requests", "batches", "seconds", "bytes", "ratio", "state", ""]
Source = Literal["store", "worker", "both"]

#: The usual labels.
LANE = ("account", "operation")
#: Values of `why` of a lane that is paused.
PAUSED_WHY = ("command", "credentials", "flood")
#: Values of a breaker's state.
BREAKER_STATES = ("closed", "open", "half_open")
#: Seconds after which a delivery counts as late (`worker/delivery/latency.py`).
LATE_AFTER = 60


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; the name of a counter ends in `_total`."""

    name: str
    kind: Kind
    unit: Unit
    labels: tuple[str, ...]
    source: Source
    #: What it is, and what to do about it.
    help: str
    #: Upper bounds of a histogram, in its unit.
    buckets: tuple[float, ...] = ()
    #: Whether it has the label `partition` too, where the setting asks for it.
    by_partition: bool = False


def of_lane(name: str, unit: Unit, help_: str, *more: str) -> Metric:
    """A gauge of lanes, from the store."""
    return Metric(name, "gauge", unit, (*LANE, *more), "store", help_, by_partition=True)


def lane_total(name: str, unit: Unit, help_: str, *more: str) -> Metric:
    """A counter of lanes, from the store."""
    return Metric(name, "counter", unit, (*LANE, *more), "store", help_, by_partition=True)


def of_store(name: str, kind: Kind, unit: Unit, labels: tuple[str, ...], help_: str) -> Metric:
    """Another metric of the store."""
    return Metric(name, kind, unit, labels, "store", help_)


def of_worker(
    name: str,
    kind: Kind,
    unit: Unit,
    labels: tuple[str, ...],
    help_: str,
    buckets: tuple[float, ...] = (),
) -> Metric:
    """A metric of a worker."""
    return Metric(name, kind, unit, labels, "worker", help_, buckets)
