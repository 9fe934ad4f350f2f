"""Waiting for a condition: the one place that says how long a test waits at most, and how."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from batchline.worker.runtime.process import GRACE

T = TypeVar("T")

#: Seconds that a test waits at most: long enough for a busy machine, and for a worker that was
#: killed with a lane that was just dispatched to it, which is dispatched again after `GRACE`. What
#: must not be waited for takes longer than this in a test.
PATIENCE = 2 * GRACE


def until(
    condition: Callable[[], T],
    what: str | Callable[[], object] = "what is waited for",
    seconds: float = PATIENCE,
) -> T:
    """What the condition gives, once that is something.

    `what`: what is waited for, or a function that tells how things stand when it did not come.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:g} s: {told}")
        time.sleep(0.02)
    return found
