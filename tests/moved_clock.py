"""A wall clock that a test moves, of processes that it starts (a Redis, a worker)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("moved_clock.c")


class MovedClock:
    """The wall clock of the processes that were started within `given`."""

    def __init__(self, folder: Path) -> None:
        """Skips the test where there is no C compiler."""
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            pytest.skip("moving a clock needs a C compiler")
        self._library, self._file = folder / "moved_clock.so", folder / "moved"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", self._library, SOURCE, "-ldl"], check=True
        )
        self.move(0)

    def move(self, seconds: int) -> None:
        """Let the clock be ahead of the machine's by so many seconds."""
        self.seconds = seconds
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self._file)

    @contextmanager
    def given(self) -> Iterator[None]:
        """Processes that are started within have this clock."""
        before = dict(os.environ)
        os.environ |= {"LD_PRELOAD": str(self._library), "CLOCK_MOVED": str(self._file)}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before
