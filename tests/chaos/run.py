"""One run: start the world, enqueue, hurt it, let it rest, judge."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError

from tests.chaos import evidence, report, told
from tests.chaos.actions import Conductor
from tests.chaos.oracle import DOOMED, Obligation
from tests.chaos.plan import QUIET, Injection, draw
from tests.chaos.policies import ALONE
from tests.chaos.progress import Calm, MachineTime
from tests.chaos.promises import Name, Violation
from tests.chaos.report import Story
from tests.chaos.rest import rest
from tests.chaos.told import untold
from tests.chaos.traffic import Traffic
from tests.chaos.troubles import CALM, STANDING
from tests.chaos.verdict import Evidence, Verdict, judge
from tests.chaos.world import World

#: Seconds for each thing that is waited for before any fault: a busy machine has its time.
START_SECONDS = 300.0
#: Seconds before the end of the calm from which on what was acknowledged in it must arrive.
LOOK_BEFORE = 1.0
#: Seconds between two looks at what has arrived of it.
LOOK_EVERY = 0.5
#: Seconds that such a look takes at most, pause and all, on a machine that is not loaded.
MOST_OF_A_LOOK = 1.0
#: Seconds before the end from which on nothing is enqueued any more that the API falls over: who
#: is to blame shows only while others pass.
LAST_CRASH = 35.0
#: Seconds for which a host must be down to be told of.
LONG_DOWN = 3.0
#: Seconds between two progress lines.
SAY_EVERY = 1.0


@dataclass
class Outcome:
    verdict: Verdict
    story: Story


class Chaos:
    """What one run consists of; `say` shows a line of progress, the last one replaces it."""

    def __init__(self, seed: int, seconds: float, folder: Path, say: Callable[[str], None]) -> None:
        self._seed = seed
        self._seconds = seconds
        self._folder = folder
        self._say = say
        self._said = 0.0
        self._started = time.monotonic()
        self._is_calm = True
        self._standstills: list[Violation] = []

    def run(self) -> Outcome:
        """Everything. What is left in the folder explains the verdict."""
        plan = draw(self._seed, self._seconds)
        (self._folder / "plan.txt").write_text("".join(f"{one}\n" for one in plan))
        self._say("starting Redis, sandbox and workers ...")
        with World(self._folder, self._note) as world:
            traffic = Traffic(
                world.settings,
                self._seed,
                lambda name: world.sandbox.control.script(name, _refusal(name)),
            )
            traffic.calm(True)
            standing = {
                world.begin_fault("status", "*", fault): kind for kind, fault in STANDING.items()
            }
            conductor = Conductor(world, plan, self._note, traffic.newer)
            try:
                self._introduce(world, traffic)
                self._started = time.monotonic()
                traffic.start()
                conductor.run(self._seconds, lambda now: self._look(now, world, traffic, conductor))
            finally:
                traffic.stop()
            try:
                drained = rest(world, traffic, self._say)
            finally:
                traffic.close()
            faults = world.sandbox.control.faults()
            injected = {f"sandbox.{kind}": count for kind, count in faults["injected"].items()}
            for fault in faults["active"]:
                injected[standing[fault["number"]]] = fault["hits"]
            found = evidence.collect(world, traffic.obligations)
            verdict = judge(found)
            verdict.violations += [
                Violation("stranger", "producer", crash) for crash in traffic.crashes
            ]
            verdict.violations += self._standstills
            silences = list(untold(world.log_lines(), _lasted(plan, traffic.obligations)))
            verdict.violations += silences if told.REQUIRED else []
            evidence.keep(world, found, verdict)
            story = Story(
                self._seed,
                self._seconds,
                drained,
                {**conductor.done, **injected},
                traffic.errors,
                [
                    *world.deaths,
                    *conductor.overstayed,
                    *_unconfirmed(found),
                    *(str(silence) for silence in silences if not told.REQUIRED),
                    *([] if world.clocks else ["no C compiler: no clock stepped"]),
                ],
            )
            return Outcome(verdict, story)

    def _introduce(self, world: World, traffic: Traffic) -> None:
        """The contacts are there before the first fault.

        The workers start first: while they do, the API may answer later than they wait for it.
        """
        self._until("workers are not there yet", world.missing_workers)
        traffic.introduce()
        expected = [(one.account, one.id) for one in traffic.obligations if one.fate not in DOOMED]

        def missing() -> int:
            # One question at a time: the sandbox has the workers to answer.
            while expected and self._is_there(world, *expected[-1]):
                expected.pop()
            return len(expected)

        self._until("contacts have not been seen yet", missing)

    @staticmethod
    def _is_there(world: World, account: str, email: str) -> bool:
        return world.sandbox.control.contact(email, f"chaos-{account}") is not None

    def _until(self, what: str, missing: Callable[[], int]) -> None:
        """Wait until nothing is missing; say for what."""
        deadline = time.monotonic() + START_SECONDS
        while count := missing():
            if time.monotonic() > deadline:
                raise RuntimeError(f"after {START_SECONDS:g} s {count} {what}: see {self._folder}")
            self._say(f"waiting: {count} {what}")
            time.sleep(0.2)

    def _look(self, now: float, world: World, traffic: Traffic, conductor: Conductor) -> float:
        """Look what has happened; the seconds for which the plan has waited for that."""
        waited = 0.0
        if self._is_calm and now >= QUIET + CALM - LOOK_BEFORE:
            waited = self._prolong_the_calm(world, traffic, conductor)
            self._is_calm = False
        traffic.calm(self._is_calm or now > self._seconds - LAST_CRASH)
        self._progress(now, world, traffic, conductor)
        return waited

    def _prolong_the_calm(self, world: World, traffic: Traffic, conductor: Conductor) -> float:
        """Wait until all that is due in the calm has arrived, or stands still; the seconds."""
        began = time.monotonic()
        broken = {(one.target, str(one.fault["operation"])) for one in _broken(conductor.plan)}
        calm = Calm(traffic.obligations, broken, self._started + QUIET, began)
        machine = MachineTime(MOST_OF_A_LOOK)
        while not calm.look(_arrived(world, traffic), began + machine.passed()):
            self._say(f"the calm lasts on: {calm}")
            time.sleep(LOOK_EVERY)
        self._standstills = list(calm.standstills(began + machine.passed()))
        waited = time.monotonic() - began
        self._note(f"the calm has lasted {waited:.1f} s longer than planned")
        return waited

    def _progress(self, now: float, world: World, traffic: Traffic, conductor: Conductor) -> None:
        if now - self._said >= SAY_EVERY:
            self._said = now
            obligations = traffic.obligations
            acknowledged = sum(one.state == "acknowledged" for one in obligations)
            begun = sum(one.at <= now for one in conductor.plan)
            redis_is_well = all(injection.target != "redis" for injection, _ in conductor.open)
            found = world.status() if redis_is_well else None
            self._say(report.line(now, self._seconds, acknowledged, begun, found))

    def _note(self, text: str) -> None:
        with (self._folder / "course.txt").open("a") as file:
            file.write(f"{time.monotonic() - self._started:7.2f} s  {text}\n")


def _arrived(world: World, traffic: Traffic) -> set[Name]:
    """What has arrived; nothing where Redis is too busy to say."""
    with suppress(RedisError):
        return evidence.arrived(world, traffic.obligations)
    return set()


def _unconfirmed(found: Evidence) -> list[str]:
    """Upserts that the API accepted and of whose job nothing was heard in time."""
    count = found.totals["unconfirmed"]
    return [f"{count} upserts stayed unconfirmed"] if count else []


def _refusal(name: str) -> Sequence[object]:
    """The answer to every request that contains the item: a refusal, in words of several kinds."""
    return (_REFUSALS[zlib.crc32(name.encode()) % len(_REFUSALS)],)


_REFUSALS: tuple[object, ...] = ("reject", "words", {"kind": "words", "bytes": 1_000_000})


def _broken(plan: Iterable[Injection]) -> list[Injection]:
    return [one for one in plan if one.kind == "lasting.operation"]


def _lasted(
    plan: Iterable[Injection], obligations: Iterable[Obligation]
) -> set[tuple[str, str, str]]:
    """The troubles that a person has to be told of: kind, and two words that a line must have."""
    broken = {(one.kind, one.target, str(one.fault["operation"])) for one in _broken(plan)}
    kinds = {"blocked": "standing.gateway", "crash": "standing.crash"}
    down = [one for one in plan if one.kind == "host.down" and one.lasts >= LONG_DOWN]
    # One alone may come while Redis is away too.
    unreached = {("host.down", "host_unreachable", ALONE)} if len(down) > 1 else set()
    return (
        broken
        | unreached
        | {
            (kinds[one.fate], one.account, one.operation)
            for one in obligations
            if one.fate in kinds and one.state == "acknowledged"
        }
    )
