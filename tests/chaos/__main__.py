"""`python -m tests.chaos [--minutes M] [--seed N] [--plan]`: chaos by plan, and the verdict.

Exit status 1 on one loss, or one duplicate that its policy forbids; the folder with the logs and
the evidence is named then, and kept.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.chaos import report
from tests.chaos.plan import draw
from tests.chaos.run import Chaos, Outcome

#: Seconds between progress lines where they cannot replace one another.
PLAIN_EVERY = 10.0
#: Characters of a line there.
PLAIN_WIDTH = 110


def main() -> int:
    """The exit status."""
    asked = _arguments()
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    seconds = 60 * asked.minutes
    if asked.plan:
        for injection in draw(asked.seed, seconds):
            print(injection)
        return 0
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"batchline-chaos-{asked.seed}-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        console.print(f"{folder} is not empty")
        return 2
    console.print(f"chaos for {asked.minutes:g} min, seed {asked.seed}; logs in {folder}")
    try:
        outcome = _run(asked.seed, seconds, folder, console)
    except KeyboardInterrupt:
        return 130
    report.show(console, outcome.verdict, outcome.story)
    report.conclude(console, outcome.verdict, outcome.story, folder)
    if outcome.verdict.violations:
        return 1
    if not (asked.folder or asked.keep):
        shutil.rmtree(folder)
    return 0


def _run(seed: int, seconds: float, folder: Path, console: Console) -> Outcome:
    if console.is_terminal:
        with console.status("") as status:
            return Chaos(seed, seconds, folder, status.update).run()
    return Chaos(seed, seconds, folder, _Plain()).run()


class _Plain:
    """Progress as lines of their own, now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, text: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_EVERY
            print(text, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1, help="the same seed has the same plan")
    parser.add_argument("--plan", action="store_true", help="print the plan and do nothing")
    parser.add_argument("--folder", type=Path, help="where logs and evidence go, and stay")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
