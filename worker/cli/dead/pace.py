"""The pace of a command on many letters: in parts, at a rate, with progress, ended by Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from batchline.worker.store.letter_pages import PAGE

#: Seconds between two parts, when the rate is not so low that it takes longer.
TICK = 0.05
#: Seconds after which progress is shown.
PATIENCE = 2.0


def paced(
    ids: Sequence[str],
    rate: float | None,
    clock: Callable[[], float],
    wait: Callable[[float], bool],
) -> Iterator[Sequence[str]]:
    """The ids in parts of at most `PAGE`, each when its time has come: `rate` ids a second.

    The first id comes at once. `wait` sleeps for so many seconds and says whether to stop.
    """
    begun, done = clock(), 0
    while done < len(ids):
        allowed = len(ids) if rate is None else int((clock() - begun) * rate) + 1
        part = ids[done : min(allowed, done + PAGE)]
        if part:
            yield part
            done += len(part)
        if rate is None or len(part) == PAGE:
            pause = 0.0
        else:
            pause = max(TICK, done / rate - (clock() - begun))
        if done < len(ids) and wait(pause):
            return


class Interrupt:
    """A context in which Ctrl-C is noted instead of raised, so that no part is cut in two."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def wait(self, seconds: float) -> bool:
        """Sleep for so many seconds, or until Ctrl-C; return whether it came."""
        until = time.monotonic() + seconds
        while not self.came and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        return self.came

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True


class LateProgress:
    """A progress bar on standard error, on a terminal and only when it takes long."""

    def __init__(self, what: str, total: int, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn(what),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(what, total=total)
        self._shown_from = time.monotonic() + PATIENCE
        self._started = False

    def __enter__(self) -> LateProgress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._started:
            self._progress.stop()

    def show(self, done: int) -> None:
        self._progress.update(self._task, completed=done)
        if not self._started and time.monotonic() >= self._shown_from:
            self._started = True
            self._progress.start()
