"""Two releases side by side: the newer one writes another format of entries, and reads both."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from batchline.producers import entry
from batchline.systems.verdicts import Newer
from batchline.worker.store.batch import NAME, Batch

#: The version of the newer format, which differs in this alone.
NEWER = "2"
#: Seconds after which an older worker looks again whether a newer one was there.
LOOK_AGAIN = 1.0

_writing = threading.local()


def let_threads_write_newer() -> None:
    """Let this process write the newer format, in threads that say so by `writing`."""
    original = entry.field_name

    def field_name(contact: str, options: str) -> str:
        name = original(contact, options)
        is_newer = getattr(_writing, "newer", False)
        return NEWER + name[1:] if is_newer else name

    entry.field_name = field_name


@contextmanager
def writing(newer: bool) -> Iterator[None]:
    """What this thread enqueues within is of the newer release, or not."""
    _writing.newer = newer
    try:
        yield
    finally:
        _writing.newer = False


def read_both() -> None:
    """Let this process read the newer format as well."""
    original = Batch.read

    def read(lane: Any, reply: Sequence[Any], *others: Any, **named: Any) -> Batch:
        return original(lane, [_as_older(one) for one in reply], *others, **named)

    Batch.read = staticmethod(read)  # type: ignore[assignment,method-assign]


def _as_older(one: Any) -> Any:
    stream_id, values = one
    name = values[NAME]
    if name[:1] != NEWER.encode():
        return one
    return [stream_id, [entry.VERSION.encode() + name[1:], *values[NAME + 1 :]]]


def look_again_soon() -> None:
    """Let a worker that leaves a lane to a newer one look again soon."""
    _, *others = Newer.__init__.__defaults__ or ()
    Newer.__init__.__defaults__ = (LOOK_AGAIN, *others)  # type: ignore[attr-defined]
