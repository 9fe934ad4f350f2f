"""Idle: what does a worker cost that has nothing to do, with one account and with 10,000?"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from tests.bench.batchline import plain_account, worker
from tests.bench.drain import Place, place_for
from tests.bench.measurement import Column, Measurement, Round
from tests.bench.processes import Child, running
from tests.bench.run import Run

ACCOUNTS = (1, 10_000)
#: Seconds that are measured, and seconds before them, after the worker's first commands.
SECONDS, SETTLING = 15.0, 2.0
#: Seconds that a worker may take to start.
START_SECONDS = 120.0


class Idle(Measurement):
    """A started worker is left alone, and read after some seconds."""

    name = "idle"
    title = "An idle worker"
    text = (
        "A worker is started on an empty server and left alone for "
        f"{SECONDS:.0f} seconds. CPU time and memory are those of its process, as Linux counts "
        "them; commands are all that the server carries out, those of Celery's broker included."
    )
    columns = (
        Column("CPU seconds per minute", 2),
        Column("MB of memory (RSS)", 1),
        Column("Redis commands/s", 1),
        Column("seconds to start", 1),
    )
    drawn = None

    def round(self, run: Run) -> Round:
        if sys.platform != "linux":
            run.note("an idle worker is measured by Linux's /proc only.")
            return {}
        return {_row(accounts): _measured(run, accounts) for accounts in ACCOUNTS}


def _row(accounts: int) -> str:
    return "1 account" if accounts == 1 else f"{accounts:,} accounts"


def _measured(run: Run, number: int) -> tuple[float, ...]:
    progress = run.show(f"an idle worker with {_row(number)}")
    seconds = run.seconds(SECONDS)
    with (
        place_for(run.sink) as place,
        Redis.from_url(place.redis_url) as redis,
        _started(place, redis, number) as (child, start_seconds),
    ):
        before = _Reading.of(child, redis)
        for second in range(round(seconds)):
            progress(second, round(seconds))
            time.sleep(1)
        after = _Reading.of(child, redis)
    span = after.at - before.at
    cpu = (after.cpu_seconds - before.cpu_seconds) / span * 60
    # The first reading is a command too.
    commands = (after.commands - before.commands - 1) / span
    return cpu, after.resident_bytes / 1e6, commands, start_seconds


@contextmanager
def _started(place: Place, redis: Redis, number: int) -> Iterator[tuple[Child, float]]:
    """A worker that has been up for a while, and the seconds that it took to start."""
    accounts = {f"shop{shop}": plain_account(place.sink_url) for shop in range(number)}
    command, log = worker(place, accounts), place.folder / "worker.log"
    started = time.monotonic()
    with running("idle worker", command.argv, log, command.env) as child:
        _wait_for_dispatch(child, redis)
        seconds = time.monotonic() - started
        time.sleep(SETTLING)
        yield child, seconds


def _wait_for_dispatch(child: Child, redis: Redis) -> None:
    """The worker runs scripts when this returns: it looks for due lanes."""
    deadline = time.monotonic() + START_SECONDS
    while "cmdstat_evalsha" not in redis.info("commandstats"):
        child.check()
        if time.monotonic() > deadline:
            raise child.failure(f"not started within {START_SECONDS:.0f} s")
        time.sleep(0.1)


@dataclass(frozen=True)
class _Reading:
    """A worker's process and its server at one moment."""

    #: Monotonic seconds.
    at: float
    cpu_seconds: float
    resident_bytes: int
    #: That the server has carried out since it was started.
    commands: int

    @classmethod
    def of(cls, child: Child, redis: Redis) -> "_Reading":
        child.check()
        process = Path("/proc") / str(child.process.pid)
        # Behind the command's name, which may hold blanks: field 3 of proc(5) and on.
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return cls(
            at=time.monotonic(),
            cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
            resident_bytes=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
            commands=int(redis.info("stats")["total_commands_processed"]),
        )
