"""What the measurements of one run share: the sink, the sizes, the progress, the earlier code."""

from functools import cached_property
from pathlib import Path

from rich.progress import Progress as ProgressBar

from tests.bench.drain import Drained, Load, Progress, drain
from tests.bench.earlier import Code, NotInThisClone, check_out
from tests.bench.sink import Sink

#: `--quick` uses a fifth of the messages, in whole thousands, and at least this many.
QUICK_LEAST = 3_000


class Run:
    """One run of the bench."""

    def __init__(self, sink: Sink, folder: Path, quick: bool, bar: ProgressBar) -> None:
        self.sink = sink
        #: For files that are kept until the end of the run.
        self.folder = folder
        self.quick = quick
        #: What could not be measured, and why.
        self.notes: list[str] = []
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def size(self, messages: int) -> int:
        """The messages of a measurement that has so many in a full run."""
        return max(QUICK_LEAST, messages // 5 // 1_000 * 1_000) if self.quick else messages

    def seconds(self, seconds: float) -> float:
        """The length of a measurement that takes so long in a full run."""
        return max(5.0, seconds / 3) if self.quick else seconds

    def show(self, what: str) -> Progress:
        """The progress bar is about `what` now; what is returned moves it."""
        self._bar.reset(self._task, description=what, total=None)

        def move(done: int, total: int) -> None:
            self._bar.update(self._task, completed=done, total=total)

        return move

    def say(self, text: str) -> None:
        """A line above the progress, which stays."""
        self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Something could not be measured; the report says so, once."""
        if text not in self.notes:
            self.notes.append(text)

    def drain(self, load: Load) -> Drained:
        """One worker drains the load."""
        return drain(load, self.sink, self.show)

    @cached_property
    def earlier(self) -> Code | None:
        """The earlier code; None, and a note, where it cannot be had."""
        try:
            return check_out(self.folder / "earlier")
        except NotInThisClone as error:
            self.note(f"{error}, so nothing is compared with it.")
            return None
