"""Batchline's clock: Redis' clock, without the steps that it makes.

Only this clock decides about what is stored. Scripts have it from `producers/lua/clock.lua`; Python
has it from here, and measures by its own `clock.seconds` how long ago that was. No clock of a
worker or of an application takes part.

Redis' clock may step. That it went back, the script `look` sees by itself. That it went forward,
only a worker can tell from time that has passed: it knows how long it was since it looked last.
"""

from __future__ import annotations

import logging
from typing import Any

from batchline.worker.store import clock
from batchline.worker.store.reading import Reading
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

log = logging.getLogger(__name__)

LOOK = Script("look")
#: A smaller step of Redis' clock is left as it is (ms); as in `look.lua`.
FINEST = 3000
#: Seconds for which a reading is good, where no dispatcher looks.
FRESH = 10.0
#: The share of time by which two good clocks may differ.
DRIFT = 0.001


def now(store: Store) -> int:
    """UNIX ms of Batchline's clock."""
    reading = store.reading
    if reading is None or clock.seconds() - reading.received > FRESH:
        reading = read(store)
        # A reading from before a step is what `look` finds the step by.
        store.reading = store.reading or reading
    return reading.ms + round((clock.seconds() - reading.received) * 1000)


def read(store: Store) -> Reading:
    """The clock as it is now; this changes nothing, and works on a replica too.

    No MULTI: a Redis 6.2 that is full refuses one, though it holds reads only.
    """
    while True:
        pipeline: Any = store.client.pipeline(transaction=False)
        pipeline.hget(store.keys.clock, "shift")
        pipeline.time()
        pipeline.hget(store.keys.clock, "shift")
        sent = clock.seconds()
        before, (seconds, micros), shift = pipeline.execute()
        if before == shift:  # else a step was found in between
            ms = seconds * 1000 + micros // 1000 + int(shift or 0)
            return Reading(ms, sent, clock.seconds())


def look(store: Store) -> None:
    """Look at the clock, and take a step out of it; the dispatcher of every worker does."""
    before = store.reading
    reading, shift, gap, back = _look(store, "look")
    if back:
        _tell("back", back)
    elif gap > FINEST:
        step = min(gap, step_forward(before, reading))
        if step > FINEST:
            reading, now_shift, _, _ = _look(store, "undo", shift, step)
            if now_shift != shift:
                _tell("forward", step)
        else:
            reading, _, _, _ = _look(store, "pass")
    store.reading = reading


def step_forward(before: Reading | None, after: Reading) -> int:
    """Milliseconds by which the clock went on between two readings, and that have not passed.

    0 where nothing is known of the time before.
    """
    if before is None:
        return 0
    passed = (after.received - before.sent) * (1 + DRIFT)
    return max(0, after.ms - before.ms - round(passed * 1000))


def _look(store: Store, mode: str, told: int = 0, step: int = 0) -> tuple[Reading, int, int, int]:
    sent, before = clock.seconds(), store.reading
    least = before.ms + int((sent - before.received) * 1000) if before is not None else 0
    arguments: list[Argument] = [mode, told, step, least]
    ms, shift, gap, back = LOOK(store, [store.keys.clock], arguments)
    return Reading(ms, sent, clock.seconds()), shift, gap, back


def _tell(direction: str, ms: int) -> None:
    log.warning(
        "Redis' clock has stepped %s by %s s: set the time on its server. Nothing is sent early or "
        "late for that: Batchline goes on without the step",
        direction,
        f"{ms / 1000:,.0f}",
    )
