"""The span `publish` of an enqueue call, and the trace that its messages carry.

Only where the application traces: its sentry_sdk or OpenTelemetry is loaded, set up, and the call
is inside a sampled trace. Nothing is imported here, and every other call costs two look-ups.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from batchline.producers import otel_spans
from batchline.producers.enqueue import Call
from batchline.producers.traceparent import TraceParent

SENTRY, SENTRY_STREAMED = "sentry_sdk", "sentry_sdk.traces"
#: Who has made the spans.
ORIGIN = "auto.queue.batchline"
OP = "queue.publish"


def begin(call: Call) -> Publishing | None:
    """The spans of this call, whose messages then carry the trace; None: there is none."""
    if not any(map(_says_so, (_is_in_sentry, otel_spans.is_traced))):
        return None
    publishing = Publishing(call)
    return publishing if call.trace else None


def _says_so(is_traced: Callable[[], bool]) -> bool:
    """The answer; an exception is of theirs, and a message is enqueued, traced or not."""
    try:
        return is_traced()
    except Exception:
        return False


def _is_in_sentry() -> bool:
    """Whether the caller is inside a sampled span of Sentry."""
    sdk: Any = sys.modules.get(SENTRY)
    if sdk is None:
        return False
    around = getattr(sdk.get_current_scope(), "streamed_span", None) or sdk.get_current_span()
    return around is not None and around.sampled is True


def name_of(call: Call) -> str:
    """The name of the span."""
    return f"publish {call.lane.account}:{call.lane.operation}"


def attributes_of(call: Call) -> dict[str, Any]:
    """What the span says of the call: names of ours and numbers."""
    return {
        "messaging.system": "batchline",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": f"{call.lane.account}:{call.lane.operation}",
        "messaging.destination.partition.id": str(call.lane.partition),
        "messaging.batch.message_count": len(call.indexes),
        "messaging.message.body.size": call.size,
    }


class Publishing:
    """The spans of one call of the script, as a context manager around it.

    Nothing that it does raises: a message is enqueued, traced or not.
    """

    def __init__(self, call: Call) -> None:
        """Begin them, and note their trace in the call."""
        self._stack = ExitStack()
        self._spans: list[Any] = []
        found = []
        for enter in (self._enter_sentry, self._enter_otel):
            with suppress(Exception):
                found.append(enter(call))
        # Where both trace, their ids are mostly the same: one is enough to go on from.
        parent = next((one for one in found if one is not None), None)
        call.trace = "" if parent is None else parent.line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        way: TracebackType | None,
    ) -> None:
        with suppress(Exception):
            self._stack.__exit__(kind, error, way)

    def _enter_sentry(self, call: Call) -> TraceParent | None:
        sdk: Any = sys.modules.get(SENTRY)
        if sdk is None:
            return None
        around = getattr(sdk.get_current_scope(), "streamed_span", None)
        if around is not None:
            span = self._streamed(around, call)
        else:
            around = sdk.get_current_span()
            if around is None or around.sampled is not True:
                return None
            begun = sdk.start_span(op=OP, name=name_of(call), origin=ORIGIN)
            span = self._stack.enter_context(begun)
            for key, value in attributes_of(call).items():
                span.set_data(key, value)
        if span is None:
            return None
        # The application may ignore our span: then its own is the parent.
        parent = span if span.sampled else around
        return TraceParent(parent.trace_id, parent.span_id)

    def _streamed(self, around: Any, call: Call) -> Any:
        if around.sampled is not True:
            return None
        streamed: Any = sys.modules[SENTRY_STREAMED]
        ours = {"sentry.op": OP, "sentry.origin": ORIGIN, **attributes_of(call)}
        return self._stack.enter_context(streamed.start_span(name_of(call), ours))

    def _enter_otel(self, call: Call) -> TraceParent | None:
        if not otel_spans.is_traced():
            return None
        span = otel_spans.publish(name_of(call), attributes_of(call))
        return self._stack.enter_context(span)
