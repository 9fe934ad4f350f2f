"""`python -m tests.bench [--rounds N] [--quick] [--json FILE]`: the whole comparison, one table.

Rounds are interleaved (every peer once, then all again), so that a slow minute of the machine
hits all of them. Exit status 1 if a measurement fails or the sink's ledger does not match.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import frame
from tests.bench.errors import BenchError
from tests.bench.report import Report
from tests.bench.runlist import ENQUEUES, PEERS
from tests.bench.sink import Sink, running_sink

ROUNDS = 3
#: `--quick` uses a fifth of the events, in whole batches, and at least this many.
QUICK_LEAST = 3_000


class Bench:
    """One run: its sink, its report, its progress."""

    def __init__(self, sink: Sink, quick: bool, progress: Progress) -> None:
        self.report = Report()
        self._sink = sink
        self._quick = quick
        self._progress = progress
        self._task = progress.add_task("starting")

    def round(self, label: str) -> None:
        """Every peer and every way to enqueue, once."""
        for peer in PEERS:
            drained = self._drain(peer, self._size(peer.events))
            self.report.add(peer.name, peer.enqueue.name, drained)
            self._say(label, peer.name, drained.per_second)
        for enqueue in ENQUEUES:
            n = self._size(enqueue.events)
            self._show(enqueue.name, 0, n)
            per_second = frame.fill_once(enqueue, n)
            self.report.enqueued.add(enqueue.name, per_second)
            self._say(label, enqueue.name, per_second)

    def _drain(self, peer: frame.Peer, n: int) -> frame.Drained:
        self._show(f"{peer.name}: filling", 0, n)
        return frame.drain_once(peer, n, self._sink, lambda done: self._show(peer.name, done, n))

    def _size(self, events: int) -> int:
        return max(QUICK_LEAST, events // 5 // 1_000 * 1_000) if self._quick else events

    def _show(self, what: str, done: int, n: int) -> None:
        self._progress.update(self._task, description=what, completed=done, total=n)

    def _say(self, label: str, name: str, per_second: float) -> None:
        self._progress.console.print(
            f"[dim]{label}[/]  {name}  {per_second:,.0f}/s", highlight=False
        )


def run(rounds: int, quick: bool, console: Console) -> Report:
    """All rounds; raises `BenchError` at the first failure."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory(prefix="batchline-bench-") as folder,
        running_sink(Path(folder)) as sink,
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress,
    ):
        bench = Bench(sink, quick, progress)
        for number in range(1, rounds + 1):
            bench.round(f"round {number} of {rounds}")
        return bench.report


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help=f"default {ROUNDS}, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="a fifth of the events, one round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    asked = parser.parse_args()
    rounds = asked.rounds or (1 if asked.quick else ROUNDS)
    console = Console()
    started = time.monotonic()
    try:
        report = run(rounds, asked.quick, console)
    except BenchError as error:
        console.print(f"[bold red]failed[/]  {escape(str(error))}", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    seconds = time.monotonic() - started
    console.print(report.table())
    console.print(f"Rounds: {rounds}, {seconds:.0f} s. Every event enqueued was received once.")
    if asked.json:
        figures = report.as_json(rounds=rounds, quick=asked.quick, seconds=seconds)
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
