"""Troubles that last: one operation broken, one account slow, and content that somebody minds.

They begin before the other faults, in a calm in which nothing else goes wrong, so that it can be
said what they hold up (`progress.py`), and last until almost the end.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.policies import SLOW

#: Seconds of the calm.
CALM = 10.0
#: Seconds before the end of a run at which they end.
BEFORE_THE_END = 2.0
#: A text in a message: the gateway before the API refuses what holds it, with a page.
GATEWAY_MARK = "<script>alert(1)</script>"
#: A text in a message: the API answers 500 to every request that holds it.
CRASH_MARK = "~falls over~"

#: Faults in force from before the first message until all is at rest.
STANDING: dict[str, Mapping[str, object]] = {
    "standing.gateway": {"contains": GATEWAY_MARK, "status": 403, "ahead": True},
    "standing.crash": {"contains": CRASH_MARK, "status": 500, "ahead": True},
}
#: What can break for good: account and operation, of each policy.
BREAKABLE = (
    ("resend", "coupon.redeem"),
    ("verify", "coupon.redeem"),
    ("resend", "event.add"),
    ("hold", "push.send"),
)
#: What is slow, and by how many seconds an answer: more than half of what the client waits. Upserts
#: are not: no client can keep their order against an API that works on what it has not answered.
SLOW_OPERATIONS = ("event.add", "coupon.redeem")
SLOWNESS = 0.9


@dataclass(frozen=True)
class Trouble:
    """A fault of the sandbox that lasts."""

    #: `lasting.operation` or `lasting.slowness`.
    kind: str
    account: str
    fault: Mapping[str, object]

    @property
    def operation(self) -> str:
        return str(self.fault["operation"])


def lasting(dice: random.Random) -> list[Trouble]:
    """The troubles of a run."""
    account, operation = dice.choice(BREAKABLE)
    broken = {"kind": "status", "operation": operation, "status": 500, "ahead": True}
    return [
        Trouble("lasting.operation", account, broken),
        *(
            Trouble(
                "lasting.slowness",
                SLOW,
                {"kind": "latency", "operation": operation, "seconds": SLOWNESS},
            )
            for operation in SLOW_OPERATIONS
        ),
    ]
