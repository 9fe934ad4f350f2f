"""What will go wrong, and when: drawn from the seed alone, before anything runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.chaos.policies import ACCOUNTS, ALONE, FAST
from tests.chaos.troubles import BEFORE_THE_END, CALM, lasting
from tests.chaos.worker import STEPS

T = TypeVar("T")

#: The workers, by name.
WORKERS = ("red", "green", "blue")
#: The worker of a newer release, which reads what a newer application writes; the one whose clock
#: can be moved.
NEWER_WORKER, MOVED_WORKER = "blue", "green"
#: Seconds by which a clock steps, either way.
DAY = 86_400
#: Seconds at the beginning without faults, and for how long none lasts beyond the end.
QUIET = 2.0
#: Seconds from one fault to the next: of processes, and of the sandbox.
PROCESS_PAUSE = (2.5, 5.5)
SANDBOX_PAUSE = (0.4, 1.4)

#: Steps of clocks, of Redis and of one worker; then they step back.
CLOCK_KINDS: dict[str, tuple[int, float, float]] = {
    "clock.redis": (1, 1.0, 4.0),
    "clock.worker": (1, 3.0, 8.0),
}
#: Kinds of process faults, as often as they come in the deck, with seconds that they last.
PROCESS_KINDS: dict[str, tuple[int, float, float]] = {
    #                 cards, from, to
    "worker.kill": (4, 0.2, 2.0),  # until it is started again
    "worker.stop": (3, 4.5, 7.0),  # SIGSTOP, and SIGCONT when the lease is over
    "worker.step": (3, 4.5, 7.0),  # SIGSTOP at a step of a delivery
    "worker.term": (2, 0.2, 1.0),  # from having left until it is started again
    "redis.restart": (1, 0.0, 2.5),
    "redis.kill": (2, 0.0, 2.5),
    "redis.stop": (1, 0.5, 5.0),  # SIGSTOP: connections stay, no answers
    "redis.cut": (1, 0.0, 0.0),  # every connection closed
    "redis.forget": (1, 0.0, 0.0),  # the scripts it has loaded
    "release.newer": (1, 4.0, 8.0),  # one of the writers is of a newer release
    "host.down": (2, 1.0, 5.0),  # an account's host refuses connections
    **CLOCK_KINDS,
}


@dataclass(frozen=True)
class Card:
    """A kind of sandbox fault: its fields, and what is drawn for each time it comes."""

    kind: str
    fields: Mapping[str, object] = field(default_factory=dict)
    #: Seconds that it is in force.
    lasts: tuple[float, float] = (1.0, 4.0)
    #: Share of the requests that it hits, drawn from these.
    shares: Sequence[float] = (0.3, 0.6, 1.0)
    #: Whether it can come after the request has taken effect as well.
    after_apply: bool = False
    operations: Sequence[str] = (
        *("*", "*", "contact.upsert", "event.add", "event.add"),
        *("coupon.redeem", "push.*", "contact.list*", "job.*"),
    )


#: What takes effect after the client has gone. Upserts are left out: no client can keep their
#: order against an API that still works on what it has not answered.
NOT_UPSERTS = ("event.add", "event.add", "coupon.redeem", "push.*")
#: Seconds: longer than the client waits for an answer, shorter than it waits before it asks.
LATE = 2.2

SANDBOX_CARDS = (
    Card("status", {"status": 429, "retry_after": "0"}),
    Card("status", {"status": 429, "retry_after": "1"}, shares=(1.0,)),
    Card("status", {"status": 429, "retry_after": "2"}, lasts=(0.5, 1.5)),
    Card("status", {"status": 429, "retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    Card("status", {"status": 429}),
    Card("status", {"status": 500}, after_apply=True),
    Card("status", {"status": 502}, after_apply=True),
    Card("status", {"status": 503, "retry_after": "1"}),
    Card("status", {"status": 504}, after_apply=True),
    Card("hang", {"seconds": 8}, after_apply=True),
    Card("reset", after_apply=True),
    Card("half", after_apply=True),
    Card("truncated", after_apply=True),
    Card("html", after_apply=True),
    Card("huge", {"bytes": 11_000_000}, lasts=(0.5, 1.0), shares=(0.3,)),
    Card("latency", {"seconds": 0.6}, after_apply=True),
    Card("latency", {"seconds": LATE}, shares=(0.3,), operations=NOT_UPSERTS),
    Card("reject", {"times": 1}, shares=(1.0,)),
    Card("reject", {"times": 3}, shares=(0.5,)),
    Card("words", {"times": 1}, shares=(1.0,)),
    Card("words", {"times": 1, "bytes": 1_000_000}, shares=(1.0,)),
    Card(
        "reject_items",
        lasts=(0.5, 3.0),
        shares=(0.05, 0.2),
    ),
)


@dataclass(frozen=True, order=True)
class Injection:
    """One thing that goes wrong, and ends."""

    #: Seconds from the start.
    at: float
    lasts: float
    #: `worker.kill`, `redis.restart`, ..., `sandbox.` and a kind of `batchline.sandbox.faults`, or
    #: `lasting.` and what lasts (`troubles.py`).
    kind: str
    #: A worker's name, "redis", "application", or the account ("*": any).
    target: str
    #: Fields of the sandbox's fault; the step at which a worker stops; the seconds of a clock.
    fault: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def ends(self) -> float:
        return self.at + self.lasts

    def __str__(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.fault.items())
        return f"{self.at:7.2f} s  for {self.lasts:4.1f} s  {self.kind:<22} {self.target:<8} {said}"


def draw(seed: int, seconds: float) -> list[Injection]:
    """The plan for so many seconds, in order of time. Every kind comes before one comes again."""
    dice = random.Random(f"chaos:{seed}")
    return sorted([*_lasting(dice, seconds), *_processes(dice, seconds), *_sandbox(dice, seconds)])


def _lasting(dice: random.Random, seconds: float) -> Iterator[Injection]:
    for trouble in lasting(dice):
        lasts = seconds - QUIET - BEFORE_THE_END
        yield Injection(QUIET, lasts, trouble.kind, trouble.account, trouble.fault)


def _processes(dice: random.Random, seconds: float) -> Iterator[Injection]:
    deck = _deck(
        dice, [kind for kind, (cards, _, _) in PROCESS_KINDS.items() for _ in range(cards)]
    )
    free = dict.fromkeys((*WORKERS, "redis", "application", ALONE), 0.0)
    steps = _deck(dice, list(STEPS))
    at = QUIET + CALM
    while (at := at + dice.uniform(*PROCESS_PAUSE)) < seconds:
        kind = next(deck)
        lasts = round(dice.uniform(*PROCESS_KINDS[kind][1:]), 2)
        target = dice.choice(_TARGETS.get(kind.partition(".")[0], _TARGETS.get(kind, WORKERS)))
        if free[target] > at or at + lasts > seconds:
            continue
        free[target] = at + lasts + 1.5  # a process needs a second to be there
        more: dict[str, object] = {}
        if kind == "worker.step":
            more = {"step": next(steps)}
        elif kind.startswith("clock."):
            more = {"seconds": dice.choice((-DAY, DAY))}
        yield Injection(round(at, 2), lasts, kind, target, more)


#: Kind, or its first part -> the processes that it can hit; the others hit any worker.
_TARGETS: dict[str, Sequence[str]] = {
    "redis": ("redis",),
    "clock.redis": ("redis",),
    "clock.worker": (MOVED_WORKER,),
    "release": ("application",),
    "host": (ALONE,),
}


def _sandbox(dice: random.Random, seconds: float) -> Iterator[Injection]:
    deck = _deck(dice, list(SANDBOX_CARDS))
    at, slow_until = QUIET + CALM, 0.0
    while (at := at + dice.uniform(*SANDBOX_PAUSE)) < seconds:
        card = next(deck)
        lasts = min(round(dice.uniform(*card.lasts), 2), round(seconds - at, 2))
        operation = dice.choice(card.operations)
        # Questions what became of a message are asked under one policy only.
        account = "verify" if operation == "contact.list*" else dice.choice(("*", *ACCOUNTS))
        if card.kind == "latency":
            account = dice.choice(FAST)
            if at < slow_until:  # two would add up to more than any client waits
                continue
            slow_until = at + lasts + LATE
        fault: dict[str, object] = {
            "operation": operation,
            "probability": dice.choice(card.shares),
            "seed": dice.randrange(1_000_000),
            **card.fields,
        }
        if card.after_apply and dice.random() < 0.5:
            fault["after_apply"] = True
        yield Injection(round(at, 2), lasts, f"sandbox.{card.kind}", account, fault)


def _deck(dice: random.Random, cards: list[T]) -> Iterator[T]:
    """The cards, shuffled, again and again."""
    while True:
        yield from dice.sample(cards, len(cards))
