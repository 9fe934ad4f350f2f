"""`docs/performance.md`: the run as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from textwrap import fill

from tests.bench.chart import bars
from tests.bench.machine import machine, versions
from tests.bench.payload import ITEM_BYTES
from tests.bench.results import Comparison, Result, Results

#: Characters of a line of text.
LINE = 100

INTRODUCTION = """\
# Performance

`make bench` measures how fast Batchline enqueues and delivers, beside other ways to do the same
work, and writes this page. One process fills a queue on a fresh Valkey server, one worker drains
it, and an HTTP sink answers at once and counts what arrives."""

HOW_TO_READ = f"""\
Look at the ratios: the absolute figures belong to the machine. Every measurement runs once per
round, and what is compared runs directly one after the other or in turns; a ratio is the median of
the rounds' ratios. Figures in brackets are the lowest and the highest round. Batchline keeps every
promise meanwhile (leases, retries, the journal, no duplicates) and has its default settings. Its
messages are events of {ITEM_BYTES} bytes of JSON, unless a table says otherwise. A run ends with
an error unless everything that was enqueued arrived exactly once."""

HOW_TO_RUN = """\
## How to run it

    make bench                                   # three rounds, and this page
    make bench ARGS="--quick"                    # one short round, no page
    make bench ARGS="--only upserts --rounds 5"  # one measurement, no page
    make bench ARGS="--help"

The code is in `tests/bench`. A machine that does nothing else gives steadier figures."""


def document(results: Results) -> str:
    """The whole page."""
    parts = [INTRODUCTION, _targets(results.comparisons()), HOW_TO_READ]
    parts += [f"Not measured: {note}" for note in results.notes]
    parts += [_section(result) for result in results.results if result.rows]
    parts += [HOW_TO_RUN, _machine(results)]
    return "\n\n".join(parts) + "\n"


def _targets(comparisons: Sequence[Comparison]) -> str:
    rows = [
        (
            one.target.what,
            one.target.against_title,
            one.target.text,
            one.ratio.text(2) if one.ratio else "",
            one.verdict,
        )
        for one in comparisons
    ]
    head = ("what", "against", "target", "ratio", "verdict")
    return "## Targets\n\n" + _table(head, "llrrl", rows)


def _section(result: Result) -> str:
    measurement = result.measurement
    columns = list(enumerate(measurement.columns))
    rows = []
    for row in result.rows:
        spreads = [(result.spread(row, place), column.digits) for place, column in columns]
        rows.append((row, *(spread.text(digits) if spread else "" for spread, digits in spreads)))
    head = ("", *(column.title for column in measurement.columns))
    parts = [
        f"## {measurement.title}",
        fill(measurement.text, LINE),
        _table(head, "l" + "r" * len(columns), rows),
    ]
    return "\n\n".join([*parts, *_chart(result)])


def _chart(result: Result) -> Iterator[str]:
    place = result.measurement.drawn
    if place is None:
        return
    column = result.measurement.columns[place]
    spreads = [(row, result.spread(row, place)) for row in result.rows]
    known = [(row, spread.median) for row, spread in spreads if spread]
    yield f"```text\n{column.title}\n\n{bars(known, column.digits)}\n```"


def _machine(results: Results) -> str:
    def listed(found: Mapping[str, str]) -> str:
        return ", ".join(f"{name} {value}" for name, value in found.items())

    made = datetime.now(UTC).strftime("%Y-%m-%d")
    rounds = f"{results.rounds} rounds" if results.rounds > 1 else "one round"
    length = ", shortened by `--quick`" if results.quick else ""
    return (
        "## This run\n\n"
        f"- {made}, {rounds}, {results.seconds / 60:.0f} minutes{length}\n"
        f"- {listed(machine())}\n"
        f"- {listed(versions())}"
    )


def _table(head: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; `align` has an `l` or an `r` for each column."""
    rule = ["--:" if side == "r" else "---" for side in align]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
