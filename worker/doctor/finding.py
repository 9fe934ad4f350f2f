"""What a check finds, and what the checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from batchline.producers.settings import Settings
from batchline.worker.store.store import Store

#: "doubtful" works, and may be a mistake; "wrong" does not work, or loses something.
Mark = Literal["well", "doubtful", "wrong", "skipped"]


class Finding(NamedTuple):
    """One thing that a check found."""

    mark: Mark
    text: str
    #: What mends it; "" where nothing is to be mended.
    fix: str = ""


def well(text: str) -> Finding:
    return Finding("well", text)


def doubtful(text: str, fix: str) -> Finding:
    return Finding("doubtful", text, fix)


def wrong(text: str, fix: str) -> Finding:
    return Finding("wrong", text, fix)


def skipped(text: str) -> Finding:
    return Finding("skipped", text)


@dataclass
class Setup:
    """The set-up that is looked at; the first checks fill it in for those that need it."""

    #: Whether no API is called.
    is_offline: bool = False
    #: None: they cannot be used, or were not looked at yet.
    settings: Settings | None = None
    #: None: Redis does not answer, or was not looked at yet.
    store: Store | None = None
    #: Texts that no output may hold.
    secrets: list[str] = field(default_factory=list)

    def those_in_force(self) -> Settings:
        """The settings, for a check that needs them."""
        assert self.settings is not None
        return self.settings

    def lanes(self) -> Store:
        """The Redis that holds the lanes, for a check that needs it."""
        assert self.store is not None
        return self.store


@dataclass(frozen=True)
class Check:
    """One check: its name on the command line, what it needs, and how it looks."""

    name: str
    #: For people: what it looks at.
    about: str
    #: Checks without which it cannot look.
    needs: Sequence[str]
    look: Callable[[Setup], Iterator[Finding]]


@dataclass(frozen=True)
class Result:
    """What a check found."""

    check: Check
    findings: Sequence[Finding]

    @property
    def mark(self) -> Mark:
        """The gravest of its findings."""
        marks = {one.mark for one in self.findings}
        order: tuple[Mark, ...] = ("wrong", "doubtful", "well", "skipped")
        return next((mark for mark in order if mark in marks), "well")
