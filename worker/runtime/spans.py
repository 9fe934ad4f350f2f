"""Where the spans of batches go: to Batchline's own client of Sentry, and to OpenTelemetry."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import sentry_sdk

from batchline.producers import otel_spans
from batchline.producers.settings import Settings
from batchline.producers.traceparent import TraceParent
from batchline.worker.delivery.tracing import Attributes, Span, Spans, Tracer
from batchline.worker.runtime import sentry

log = logging.getLogger(__name__)

#: Who has made the spans, as Sentry wants it.
OF_BATCHES = {"sentry.op": "queue.process", "sentry.origin": "auto.queue.batchline"}
OF_REQUESTS = {"sentry.op": "http.client", "sentry.origin": "auto.http.batchline"}
#: What Sentry's client adds: the command line of the worker, and names of its threads.
NOT_SENT = ("process.command_args", "thread.id", "thread.name")


def tracer_of(settings: Settings) -> Tracer:
    """Who begins the spans of this process; it follows what is set up later, too."""
    rate = settings.traces_sample_rate
    return Tracer((ToSentry(), ToOpenTelemetry(rate)), rate)


class ToSentry(Spans):
    """Spans for Batchline's client, in a scope of its own for each batch."""

    def begin(
        self,
        name: str,
        attributes: Attributes,
        parent: TraceParent | None,
        links: Sequence[TraceParent],
    ) -> Span | None:
        """As `Spans.begin`; Sentry has no links, and the attributes name the traces."""
        client = sentry.spans()
        if client is None:
            return None
        scope = sentry_sdk.Scope(client=client)
        try:
            with _in(scope):
                if parent is None:
                    sentry_sdk.traces.new_trace()
                else:
                    header = f"{parent.trace_id}-{parent.span_id}-1"
                    sentry_sdk.traces.continue_trace({"sentry-trace": header})
                span = _start(name, {**OF_BATCHES, **attributes}, None)
        except Exception as error:
            log.debug("Sentry got no span: %s", type(error).__name__)
            return None
        return _SentrySpan(scope, span) if span.sampled else None


class _SentrySpan(Span):
    def __init__(self, scope: Any, span: Any) -> None:
        self._scope = scope
        self._span = span

    @property
    def place(self) -> TraceParent:
        return TraceParent(self._span.trace_id, self._span.span_id)

    def child(self, name: str, attributes: Attributes) -> Span | None:
        try:
            with _in(self._scope):
                span = _start(name, {**OF_REQUESTS, **attributes}, self._span)
        except Exception as error:
            log.debug("Sentry got no span: %s", type(error).__name__)
            return None
        return _SentrySpan(self._scope, span)

    def end(self, error: str, attributes: Attributes) -> None:
        try:
            with _in(self._scope):
                if error:
                    self._span.set_attribute("error.type", error)
                    self._span.status = "error"
                self._span.set_attributes(dict(attributes))
                self._span.end()
        except Exception as failure:
            log.debug("Sentry got no span: %s", type(failure).__name__)


def _start(name: str, attributes: Attributes, parent: Any) -> Any:
    started = sentry_sdk.traces.start_span(name, dict(attributes), parent, active=False)
    for one in NOT_SENT:
        started.remove_attribute(one)
    return started


def _in(scope: Any) -> ExitStack:
    """Make it the current scope, for a moment in which nobody else's code runs."""
    stack = ExitStack()
    stack.enter_context(sentry_sdk.scope.use_isolation_scope(sentry_sdk.Scope()))
    stack.enter_context(sentry_sdk.scope.use_scope(scope))
    return stack


class ToOpenTelemetry(Spans):
    """Spans for the SDK that the process has set up, if it has."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def begin(
        self,
        name: str,
        attributes: Attributes,
        parent: TraceParent | None,
        links: Sequence[TraceParent],
    ) -> Span | None:
        """As `Spans.begin`."""
        if parent is None and random.random() >= self._rate:  # noqa: S311
            return None
        try:
            span = otel_spans.begin("CONSUMER", name, attributes, parent, links)
        except Exception as error:
            log.debug("OpenTelemetry got no span: %s", type(error).__name__)
            return None
        return None if span is None else _OtelSpan(span)


class _OtelSpan(Span):
    def __init__(self, span: Any) -> None:
        self._span = span

    @property
    def place(self) -> TraceParent:
        return otel_spans.parent_of(self._span)

    def child(self, name: str, attributes: Attributes) -> Span | None:
        try:
            span = otel_spans.begin("CLIENT", name, attributes, self.place)
        except Exception as error:
            log.debug("OpenTelemetry got no span: %s", type(error).__name__)
            return None
        return None if span is None else _OtelSpan(span)

    def end(self, error: str, attributes: Attributes) -> None:
        try:
            otel_spans.end(self._span, error, attributes)
        except Exception as failure:
            log.debug("OpenTelemetry got no span: %s", type(failure).__name__)
