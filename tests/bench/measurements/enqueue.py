"""Enqueueing: what does it cost an application, beside bare XADD and beside validation?"""

import json
import sys
from collections.abc import Iterable
from statistics import median

from tests.bench.drain import place_for
from tests.bench.enqueuers import (
    DELAY,
    SEND,
    SEND_MANY,
    SEND_READY,
    VALIDATION,
    XADD,
    XADD_PIPELINED,
    Turns,
)
from tests.bench.measurement import Column, Measurement, Round, Target
from tests.bench.processes import running
from tests.bench.run import Run

OWN = "send_many, own cost"
MICROSECONDS = 1


class Enqueue(Measurement):
    """One process enqueues the bench's events in every way, a few hundred ms of each in turn."""

    name = "enqueue"
    title = "Enqueued events"
    text = (
        "One process enqueues into one server in every way, a few hundred milliseconds of each "
        "in turn, again and again; the figures are medians over these turns. `send` and "
        "`send_many` take dicts and validate them; the bare commands take ready bytes. The own "
        "cost of `send_many` is its time less the time of validation alone and less the time of "
        "pipelined XADD, each measured in the same turn: what it spends on serialising, on the "
        "lane's script and on ids."
    )
    columns = (Column("events/s"), Column("µs/event", 1))
    targets = (
        Target("`send`, one message", SEND, XADD, "bare XADD per round trip", 0.6),
        Target(
            "`send_many`, models validated",
            SEND_MANY,
            XADD_PIPELINED,
            "pipelined XADD of ready bytes",
            0.35,
        ),
        Target(
            "own cost of `send_many`",
            OWN,
            VALIDATION,
            "the cost of validation",
            0.6,
            at_most=True,
            column=MICROSECONDS,
        ),
    )

    def round(self, run: Run) -> Round:
        run.show("enqueueing in every way")
        turns = _turns(run)
        own = [
            whole - validation - bare
            for whole, validation, bare in zip(
                turns[SEND_MANY], turns[VALIDATION], turns[XADD_PIPELINED], strict=True
            )
        ]
        every = (XADD, SEND, SEND_READY, XADD_PIPELINED, SEND_MANY, VALIDATION)
        figures = {way: _figures(turns[way]) for way in every}
        return {**figures, OWN: (None, median(own) * 1e6), DELAY: _figures(turns[DELAY])}


def _turns(run: Run) -> Turns:
    with place_for(run.sink) as place:
        out = place.folder / "turns.json"
        module = "tests.bench.enqueuers"
        argv = [sys.executable, "-m", module, place.redis_url, str(run.seconds(12)), str(out)]
        with running("enqueue", argv, place.folder / "enqueue.log") as child:
            child.wait()
        turns: Turns = json.loads(out.read_text())
        return turns


def _figures(seconds: Iterable[float]) -> tuple[float, float]:
    """Events/s and microseconds per event, from seconds per event."""
    middle = median(seconds)
    return 1 / middle, middle * 1e6
