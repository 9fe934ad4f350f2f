"""The spans of a batch: `process`, and under it one for each HTTP call.

A batch goes on with the trace of its first message of a sampled trace, for a span has one parent;
the traces of the others it names. Without such a message there is nothing, unless
`traces_sample_rate` has the batch begin a trace of its own. No header ever goes to an API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from batchline.producers.traceparent import TraceParent
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease

#: Traces that a batch names at most.
MOST_LINKS = 32

Attributes = Mapping[str, Any]


class Span(Protocol):
    """A span that is under way, in one system."""

    @property
    def place(self) -> TraceParent:
        """Where it is."""

    def child(self, name: str, attributes: Attributes) -> Span | None:
        """A span of an HTTP call under it."""

    def end(self, error: str, attributes: Attributes) -> None:
        """End it; `error`: the name of what failed, or ""."""


class Spans(Protocol):
    """A system that spans are told to. Nothing that it does raises."""

    def begin(
        self,
        name: str,
        attributes: Attributes,
        parent: TraceParent | None,
        links: Sequence[TraceParent],
    ) -> Span | None:
        """The span of a batch; without a parent it begins a trace. None: it is not sampled."""


@dataclass(frozen=True, slots=True)
class BatchTrace:
    """The spans of one batch."""

    #: Where they are; None: the batch is not traced.
    place: TraceParent | None = None
    spans: Sequence[Span] = ()

    @property
    def trace_id(self) -> str:
        """The trace that they belong to; "" for none."""
        return "" if self.place is None else self.place.trace_id

    def request(self, call: HttpCall) -> RequestTrace:
        """The spans of an HTTP call, as a context manager around it."""
        if not self.spans:
            return _NO_REQUEST
        name, attributes = request_of(call)
        begun = [span.child(name, attributes) for span in self.spans]
        return RequestTrace([span for span in begun if span is not None])

    def end(self, error: str) -> None:
        """End the spans; `error`: the name of what failed, or ""."""
        for span in self.spans:
            span.end(error, {})


@dataclass(slots=True)
class RequestTrace:
    """The spans of one HTTP call."""

    spans: Sequence[Span] = ()
    status: int = 0

    def __enter__(self) -> Self:
        return self

    def answered(self, status: int) -> None:
        """Note the status of the answer."""
        if self.spans:
            self.status = status

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        way: TracebackType | None,
    ) -> None:
        if not self.spans:
            return
        attributes = {"http.response.status_code": self.status} if self.status else {}
        failed = str(self.status) if self.status >= 400 else ""
        if isinstance(error, NoAnswer):
            failed = error.status
        elif error is not None:
            failed = type(error).__name__
        for span in self.spans:
            span.end(failed, attributes)


#: Of a batch that is not traced, and of its HTTP calls.
NO_TRACE = BatchTrace()
_NO_REQUEST = RequestTrace()


@dataclass(frozen=True, slots=True)
class Tracer:
    """Begins the spans of batches, in every system that takes spans."""

    systems: Sequence[Spans] = ()
    #: The share of batches without a traced message that begin a trace.
    rate: float = 0.0

    def begin(self, lease: Lease, batch: Batch, oldest: Callable[[], int]) -> BatchTrace:
        """The spans of this batch. `oldest` gives the age of its oldest message, in ms."""
        if not batch.traces and not (self.rate and self.systems):
            return NO_TRACE
        parent, links = origins(batch.traces.values())
        if parent is None and not self.rate:
            return NO_TRACE
        name = f"process {lease.lane.account}:{lease.lane.operation}"
        attributes = process_of(lease, batch, oldest(), links)
        begun = [one.begin(name, attributes, parent, links) for one in self.systems]
        spans = [span for span in begun if span is not None]
        return BatchTrace(spans[0].place if spans else parent, spans)


def origins(lines: Iterable[str]) -> tuple[TraceParent | None, list[TraceParent]]:
    """The span that a batch goes on from, and those that it is linked with; each once.

    `lines`: of its messages, in their order. The span that it goes on from is linked too.
    """
    found: dict[TraceParent, None] = {}
    for line in dict.fromkeys(lines):
        parent = TraceParent.parse(line)
        if parent is not None:
            found[parent] = None
        if len(found) == MOST_LINKS:
            break
    return next(iter(found), None), list(found)


def process_of(
    lease: Lease, batch: Batch, oldest: int, links: Sequence[TraceParent]
) -> dict[str, Any]:
    """What the span of a batch says: names of ours and numbers."""
    lane = lease.lane
    attributes: dict[str, Any] = {
        "messaging.system": "batchline",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{lane.account}:{lane.operation}",
        "messaging.destination.partition.id": str(lane.partition),
        "messaging.batch.message_count": len(batch),
        "messaging.message.id": batch.message_id(0),
        "messaging.message.body.size": sum(map(len, batch.columns.payloads)),
        "messaging.message.receive.latency": oldest,
        "messaging.message.retry.count": lease.attempts,
    }
    trace_ids = list(dict.fromkeys(link.trace_id for link in links))
    if trace_ids:
        attributes["batchline.trace_ids"] = trace_ids
    return attributes


def request_of(call: HttpCall) -> tuple[str, dict[str, Any]]:
    """Name and attributes of the span of an HTTP call: no path, which may hold ids or a secret."""
    parts = urlsplit(call.url)
    host = parts.hostname or ""
    attributes: dict[str, Any] = {
        "http.request.method": call.method,
        "server.address": host,
        "url.scheme": parts.scheme,
    }
    if parts.port is not None:
        attributes["server.port"] = parts.port
    return f"{call.method} {host}", attributes


def mark(error: Exception, trace: BatchTrace) -> None:
    """Note on an exception which trace it ended, for whoever reports it (`trace_of`)."""
    if trace.place is not None:
        error.__dict__["batchline_trace"] = trace.place


def trace_of(error: BaseException) -> TraceParent | None:
    """The place in a trace that was noted on an exception; None: none was."""
    place = getattr(error, "batchline_trace", None)
    return place if isinstance(place, TraceParent) else None
