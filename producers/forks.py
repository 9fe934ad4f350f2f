"""Tells a forked child from its parent, which may have the same process id in another namespace."""

from __future__ import annotations

import os
from itertools import count

_counted = count(1)
_forks = 0


def _note_fork() -> None:
    global _forks
    _forks = next(_counted)


os.register_at_fork(after_in_child=_note_fork)


def this_process() -> tuple[int, int]:
    """What differs between a process and each child that it forks.

    The process id alone does too where the fork was C code's own, and Python was not told.
    """
    return os.getpid(), _forks
