"""What a run says: one line while it goes on, and the tables and the verdict at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from batchline.worker.inspection.status import Status
from tests.chaos.verdict import Figures, Verdict

#: Violations that are printed; all are in the folder.
SHOWN = 20


@dataclass
class Story:
    """The course of a run, beside its verdict."""

    seed: int
    seconds: float
    #: Seconds from the end of the faults to rest; None: there was none in time.
    drained: float | None
    #: Process faults and the sandbox's, by kind.
    injected: Mapping[str, int]
    #: Errors that the producers raised, by class.
    errors: Mapping[str, int]
    #: What happened and should not have, without a promise being broken.
    oddities: list[str]


def line(elapsed: float, seconds: float, acknowledged: int, faults: int, now: Status | None) -> str:
    """The progress, in one line."""
    text = f"{elapsed:4.0f} of {seconds:.0f} s  faults begun {faults}  obligations {acknowledged:,}"
    if now is None:
        return f"{text}  (Redis is down)"
    parts = ("delivered", "backlog", "parked", "dead")
    return f"{text}  " + "  ".join(f"{name} {now.totals[name]:,}" for name in parts)


def show(console: Console, verdict: Verdict, story: Story) -> None:
    """The tables."""
    console.print(_obligations(verdict))
    console.print(_counts("dead letters by reason", verdict.dead))
    console.print(_counts("faults by kind", story.injected))
    console.print(_counts("errors the producers raised", story.errors))
    if verdict.unknown:
        said = ", ".join(f"{count:,} {state}" for state, count in sorted(verdict.unknown.items()))
        console.print(f"not repeated after an error, and so no obligation: {said}")
    for oddity in story.oddities:
        console.print(f"[yellow]noted[/]  {escape(oddity)}", highlight=False)


def conclude(console: Console, verdict: Verdict, story: Story, folder: Path) -> None:
    """The verdict, in words."""
    total = sum(row.obligations for row in verdict.figures.values())
    drained = "never" if story.drained is None else f"{story.drained:.1f} s after the last fault"
    if not verdict.violations:
        console.print(
            f"[bold green]kept[/]  seed {story.seed}: all {total:,} obligations met, at rest "
            f"{drained}; nothing lost, nothing doubled that its policy forbids",
            highlight=False,
        )
        return
    kinds = Counter(violation.kind for violation in verdict.violations)
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    console.print(
        f"[bold red]broken[/]  seed {story.seed}: {said}, of {total:,} obligations; at rest "
        f"{drained}",
        highlight=False,
    )
    every = sorted(map(str, verdict.violations))
    for violation in _some_of_each(every):
        console.print(f"  {escape(violation)}", highlight=False)
    console.print(f"all of them with their requests: {folder}/violations.txt", highlight=False)
    console.print(f"logs, plan and evidence: {folder}", highlight=False)


def _some_of_each(every: list[str]) -> list[str]:
    """Not only the first kind."""
    by_kind: dict[str, list[str]] = {}
    for violation in every:
        by_kind.setdefault(violation.partition(":")[0], []).append(violation)
    each = max(2, SHOWN // max(1, len(by_kind)))
    return [violation for found in by_kind.values() for violation in found[:each]]


def _obligations(verdict: Verdict) -> Table:
    table = Table(header_style="bold", show_edge=False)
    table.add_column("obligations", no_wrap=True)
    table.add_column("policy")
    for name in ("acknowledged", "delivered", "dead", "doubled", "times", "forbidden"):
        table.add_column(name, justify="right")
    rows = sorted(verdict.figures.items())
    for (operation, policy), row in rows:
        table.add_row(operation, policy, *_cells(row, operation))
    table.add_section()
    every = [row for _, row in rows]
    names = ("obligations", "delivered", "dead", "repeated", "extra", "forbidden")
    total = Figures(**{name: sum(getattr(row, name) for row in every) for name in names})
    table.add_row("all", "", *_cells(total, ""))
    return table


def _cells(row: Figures, operation: str) -> list[str]:
    counts = (row.obligations, row.delivered, row.dead, row.repeated, row.extra, row.forbidden)
    cells = [f"{count:,}" for count in counts]
    # An upsert has no identity at the API: what counts is the contact's state.
    return [*cells[:3], "idempotent", "-", "-"] if operation == "contact.upsert" else cells


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(header_style="bold", show_edge=False)
    table.add_column(title, no_wrap=True)
    table.add_column("", justify="right")
    for name, count in sorted(counts.items()):
        table.add_row(name, f"{count:,}")
    if not counts:
        table.add_row("none", "")
    return table
