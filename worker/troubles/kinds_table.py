"""The kinds of trouble as the table of docs/operations.md. Pure."""

from __future__ import annotations

import logging

from batchline.worker.troubles.kinds import KINDS, Ends, Kind


def markdown() -> str:
    """The table of docs/operations.md: what happened, what you see, what to do."""
    head = ("| what happened | what you see | what to do |", "|---|---|---|")
    return "\n".join((*head, *map(_row, KINDS.values())))


def _row(kind: Kind) -> str:
    level = logging.getLevelName(kind.level)
    first = f"from {kind.least} on" if kind.least > 1 else "at once"
    task = f", its task is {kind.task}" if kind.task else ""
    where = ", by `batchline status` alone" if kind.ends == "seen" else ""
    seen = f"`{kind.name}`, {level}, {first}{where}{task}; over {_over(kind)}"
    do = kind.do.format(scope="SCOPE", account="ACCOUNT", operation="OPERATION")
    return f"| {kind.words} | {seen} | {do} |"


def _over(kind: Kind) -> str:
    return f"{_OVER[kind.ends]}, or none is left" if kind.reason else _OVER[kind.ends]


#: How a trouble ends -> when it is over.
_OVER: dict[Ends, str] = {
    "lane": "when the lane delivers again",
    "resume": "by `batchline resume`",
    "breaker": "when a probe succeeds",
    "host": "when it is reached",
    "quiet": "when none came for `stall_after`",
    "moves": "when it moves",
    "process": "when it answers",
    "seen": "by `batchline dead seen`, or none is left",
}
