"""Carrying out the plan: each injection begins, and ends, on time."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.chaos.plan import WORKERS, Injection
from tests.chaos.world import LEAVE_SECONDS, World

#: Seconds between two looks at what is due.
TICK = 0.05


@dataclass
class Conductor:
    """One run of a plan. Everything happens in the thread that calls `run`."""

    world: World
    plan: Sequence[Injection]
    note: Callable[[str], None]
    #: Lets part of the traffic be of a newer release, or not.
    newer_release: Callable[[bool], None]
    #: Process faults that were carried out, by kind.
    done: Counter[str] = field(default_factory=Counter)
    #: What ends later: the injection, and the number of its sandbox fault.
    open: list[tuple[Injection, int]] = field(default_factory=list)
    #: Workers that stayed longer than they may when told to leave.
    overstayed: list[str] = field(default_factory=list)

    def run(self, seconds: float, look: Callable[[float], float]) -> None:
        """Carry the plan out for so many seconds; `look` is called with the time, again and again.

        It returns seconds for which the plan has waited for it. Whatever happens, no fault is in
        force afterwards.
        """
        started = time.monotonic()
        waiting = list(self.plan)
        try:
            while (now := time.monotonic() - started) < seconds:
                while waiting and waiting[0].at <= now:
                    self._begin(waiting.pop(0))
                self._end([entry for entry in self.open if entry[0].ends <= now], now)
                self._look_after_workers()
                started += look(now)
                time.sleep(TICK)
        finally:
            self._end_all(time.monotonic() - started)

    def _begin(self, injection: Injection) -> None:
        self.note(f"begin {injection}")
        world, target, number = self.world, injection.target, 0
        match injection.kind.partition("."):
            case ("worker", _, "kill"):
                world.kill_worker(target)
            case ("worker", _, "stop"):
                world.signal_worker(target, signal.SIGSTOP)
            case ("worker", _, "term"):
                world.signal_worker(target, signal.SIGTERM)
            case ("worker", _, "step"):
                world.stop_at(target, str(injection.fault["step"]))
            case ("redis", _, how):
                world.begin_redis(how)
            case ("clock", _, _):
                world.move_clock(target, int(str(injection.fault["seconds"])))
            case ("release", _, _):
                self.newer_release(True)
            case ("host", _, _):
                world.set_host_down(True)
            case ("lasting", _, _):
                fields = dict(injection.fault)
                number = world.begin_fault(str(fields.pop("kind")), target, fields)
            case (_, _, kind):
                number = world.begin_fault(kind, target, injection.fault)
        if not injection.kind.startswith("sandbox."):
            self.done[injection.kind] += 1
        self.open.append((injection, number))

    def _end(self, due: list[tuple[Injection, int]], now: float) -> None:
        for injection, number in due:
            if self._has_ended(injection, number, now):
                self.note(f"end   {injection.kind} {injection.target} {number or ''}")
                self.open.remove((injection, number))

    def _has_ended(self, injection: Injection, number: int, now: float) -> bool:
        world, target = self.world, injection.target
        match injection.kind.partition("."):
            case ("worker", _, "kill"):
                world.start_worker(target)
            case ("worker", _, "stop"):
                world.signal_worker(target, signal.SIGCONT)
            case ("worker", _, "step"):
                world.go_on(target)
            case ("worker", _, "term"):
                if not world.has_left(target):
                    if now < injection.at + LEAVE_SECONDS:
                        return False
                    self.overstayed.append(f"{target} stayed {LEAVE_SECONDS:g} s after SIGTERM")
                    world.kill_worker(target)
                world.start_worker(target)
            case ("redis", _, how):
                world.end_redis(how)
            case ("clock", _, _):
                world.move_clock(target, 0)
            case ("release", _, _):
                self.newer_release(False)
            case ("host", _, _):
                world.set_host_down(False)
            case _:
                world.sandbox.control.clear_faults(number)
        return True

    def _look_after_workers(self) -> None:
        expected_gone = {injection.target for injection, _ in self.open}
        for name in WORKERS:
            if name not in expected_gone and self.world.has_left(name):
                self.world.revive(name)

    def _end_all(self, now: float) -> None:
        while self.open:
            self._end(list(self.open), now)
            now += TICK
            time.sleep(TICK)
