"""Callers number their calls, so that a call whose answer was lost can be sent again.

The script remembers each caller's last number and answer (`lua/enqueue.lua`).
"""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field

from batchline.producers.forks import this_process


@dataclass(slots=True)
class Caller:
    """A name and the number of its last call; used by one call at a time."""

    name: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    number: int = 0


class Callers:
    """Idle callers to borrow. A forked child makes its own: sharing a name would lose calls."""

    def __init__(self) -> None:
        self._idle: deque[Caller] = deque()
        self._process = this_process()

    def borrow(self) -> Caller:
        """A caller with its next number."""
        if (process := this_process()) != self._process:
            self._idle, self._process = deque(), process
        try:
            caller = self._idle.pop()
        except IndexError:
            caller = Caller()
        caller.number += 1
        return caller

    def give_back(self, caller: Caller) -> None:
        """Return a caller; only after a call whose outcome is known."""
        self._idle.append(caller)
