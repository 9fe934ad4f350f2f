"""Spans of OpenTelemetry, by its API alone, and only where the process has loaded that.

Whoever traces has set up the SDK, and so has loaded the API. Without it there is nothing to do, and
nothing is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from typing import Any

from batchline.producers.traceparent import TraceParent

#: The module of the API, and that of its contexts, which it loads itself.
API, CONTEXT = "opentelemetry.trace", "opentelemetry.context"


def is_traced() -> bool:
    """Whether the caller is inside a sampled trace."""
    api: Any = sys.modules.get(API)
    if api is None:
        return False
    around = api.get_current_span().get_span_context()
    return bool(around.is_valid and around.trace_flags.sampled)


def publish(name: str, attributes: Mapping[str, Any]) -> AbstractContextManager[TraceParent]:
    """A PRODUCER span in the caller's trace, around a block; only where `is_traced`."""
    api: Any = sys.modules[API]
    span = _tracer(api).start_span(name, kind=api.SpanKind.PRODUCER, attributes=attributes)
    return _around(api, span)


@contextmanager
def _around(api: Any, span: Any) -> Iterator[TraceParent]:
    # The text of an exception may hold personal data.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with api.use_span(span, end_on_exit=True, **quiet):
        try:
            yield parent_of(span)
        except BaseException as error:
            fail(api, span, type(error).__name__)
            raise


def begin(
    kind: str,
    name: str,
    attributes: Mapping[str, Any],
    parent: TraceParent | None,
    links: Sequence[TraceParent] = (),
) -> Any:
    """A span of that kind, such as "CLIENT", which is not made the current one; None: nobody
    records it. Without a parent it begins a trace."""
    api: Any = sys.modules.get(API)
    if api is None:
        return None
    context = sys.modules[CONTEXT].Context()
    if parent is not None:
        remote = api.NonRecordingSpan(_context(api, parent))
        context = api.set_span_in_context(remote, context)
    span = _tracer(api).start_span(
        name,
        context=context,
        kind=api.SpanKind[kind],
        attributes=attributes,
        links=[api.Link(_context(api, link)) for link in links],
    )
    return span if span.is_recording() and span.get_span_context().trace_flags.sampled else None


def end(span: Any, error: str, attributes: Mapping[str, Any]) -> None:
    """End a span; `error`: the name of what failed, or ""."""
    span.set_attributes(attributes)
    if error:
        fail(sys.modules[API], span, error)
    span.end()


def fail(api: Any, span: Any, error: str) -> None:
    """Note the failure."""
    span.set_attribute("error.type", error)
    span.set_status(api.Status(api.StatusCode.ERROR))


def parent_of(span: Any) -> TraceParent:
    """The span as others are linked with it."""
    context = span.get_span_context()
    return TraceParent(f"{context.trace_id:032x}", f"{context.span_id:016x}")


def _context(api: Any, parent: TraceParent) -> Any:
    sampled = api.TraceFlags(api.TraceFlags.SAMPLED)
    ids = int(parent.trace_id, 16), int(parent.span_id, 16)
    return api.SpanContext(*ids, is_remote=True, trace_flags=sampled)


def _tracer(api: Any) -> Any:
    return api.get_tracer("batchline", version("batchline"))
