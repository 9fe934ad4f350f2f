"""`python -m tests.bench`: the measurements of one run, their tables, and docs/performance.md."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import console as tables
from tests.bench.document import document
from tests.bench.errors import BenchError
from tests.bench.machine import machine, versions
from tests.bench.measurement import Measurement
from tests.bench.measurements import MEASUREMENTS
from tests.bench.processes import ROOT
from tests.bench.results import Result, Results
from tests.bench.run import Run
from tests.bench.sink import running_sink

ROUNDS = 3
PAGE = Path("docs/performance.md")

DESCRIPTION = """\
Measures Batchline beside its peers on this machine, and writes docs/performance.md.

Rounds are interleaved: every measurement once, then all again, so that a slow minute of the
machine hits all of them. A ratio is the median of the rounds' ratios. A full run takes about
10 minutes and wants the machine to itself.
"""
EPILOG = """\
examples:
  python -m tests.bench                            the full run, and the page
  python -m tests.bench --quick                    a first impression, in under two minutes
  python -m tests.bench --only delivery --rounds 5 --json delivery.json

A missed target is reported and is no failure. The exit status is 1 when a measurement fails: a
process ends, nothing moves for half a minute, or a message is lost or arrives twice.
"""


def measure(chosen: Sequence[Measurement], rounds: int, quick: bool, console: Console) -> Results:
    """All rounds of the chosen measurements; raises `BenchError` at the first failure."""
    started = time.monotonic()
    results = [Result(measurement) for measurement in chosen]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory(prefix="batchline-bench-") as folder,
        running_sink(Path(folder)) as sink,
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress,
    ):
        run = Run(sink, Path(folder), quick, progress)
        for number in range(1, rounds + 1):
            for result in results:
                _round(result, run, f"round {number} of {rounds}")
    return Results(results, rounds, quick, time.monotonic() - started, run.notes)


def _round(result: Result, run: Run, label: str) -> None:
    started = time.monotonic()
    measurement = result.measurement
    result.rounds.append(measurement.round(run))
    run.say(f"{label}  {measurement.name}  ({time.monotonic() - started:.0f} s)")
    for row, figures in result.rounds[-1].items():
        told = [
            f"{figure:,.{column.digits}f} {column.title}"
            for figure, column in zip(figures, measurement.columns, strict=True)
            if figure is not None
        ]
        run.say(f"    {row}: {', '.join(told)}")


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [measurement.name for measurement in MEASUREMENTS]
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help=f"measure this alone, may be repeated: {', '.join(names)}",
    )
    parser.add_argument("--rounds", type=_positive, help=f"default {ROUNDS}, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="a fifth of the messages, one round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here as well")
    page = parser.add_mutually_exclusive_group()
    page.add_argument(
        "--write", type=Path, metavar="FILE", help=f"the page; default {PAGE} on a full run only"
    )
    page.add_argument("--no-write", action="store_true", help="write no page")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main() -> int:
    """The exit status."""
    asked = arguments()
    chosen = [one for one in MEASUREMENTS if not asked.only or one.name in asked.only]
    rounds = asked.rounds or (1 if asked.quick else ROUNDS)
    console = Console()
    try:
        results = measure(chosen, rounds, asked.quick, console)
    except BenchError as error:
        console.print(f"[bold red]failed[/]  {escape(str(error))}", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    tables.show(results, console)
    if asked.json:
        figures = {**results.as_json(), "machine": machine(), "versions": versions()}
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    is_full = not asked.quick and not asked.only
    page = asked.write or (ROOT / PAGE if is_full and not asked.no_write else None)
    if page:
        page.write_text(document(results))
        console.print(f"Written: {asked.write or PAGE}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
