"""The closing account: the accepted messages against the sandbox's ledger of received ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from batchline.sandbox.control_client import Control
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.devstack.demo.profile import Profile
from batchline.worker.devstack.demo.run import Course
from batchline.worker.inspection import status
from batchline.worker.store.store import Store


@dataclass(frozen=True)
class OperationFigures:
    """One row of the closing table."""

    operation: str
    accepted: int
    delivered: int
    merged: int
    requests: int
    retries: int
    replays: int
    dead: int
    batch_size: int

    @property
    def mean_batch(self) -> float:
        """Messages per request."""
        return self.delivered / self.requests if self.requests else 0.0


def figures(store: Store, batch_sizes: dict[str, int]) -> list[OperationFigures]:
    """The rows, from the lanes' counters and the journal."""
    retries: Counter[str] = Counter()
    replays: Counter[str] = Counter()
    journal: Any = store.client.xrange(store.keys.journal)
    for _, line in journal:
        if b"act" in line:  # no batch
            continue
        operation = line[b"lane"].decode().split(":")[1]
        retries[operation] += line[b"error"] != b""
        replays[operation] += int(line[b"parked"])
    return [
        OperationFigures(
            lane.operation,
            lane.accepted,
            lane.delivered,
            lane.merged,
            lane.requests,
            retries[lane.operation],
            replays[lane.operation],
            lane.dead,
            batch_sizes[lane.operation],
        )
        for lane in status.read(store).lanes
    ]


def table(rows: list[OperationFigures]) -> Table:
    """The closing table."""
    closing = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    closing.add_column("operation", no_wrap=True)
    names = ("accepted", "delivered", "merged", "requests", "mean", "fill")
    for name in (*names, "retries", "replays", "dead"):
        closing.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        items = (row.delivered - row.merged) / row.requests if row.requests else 0
        closing.add_row(
            row.operation,
            f"{row.accepted:,}",
            f"{row.delivered:,}",
            f"{row.merged:,}",
            f"{row.requests:,}",
            f"{row.mean_batch:,.1f}",
            f"{items / row.batch_size:.0%}",
            f"{row.retries:,}",
            f"{row.replays:,}",
            f"{row.dead:,}",
        )
    return closing


def unaccounted(store: Store, control: Control, course: Course, profile: Profile) -> Iterator[str]:
    """A sentence for every disagreement between the ledger and the accepted messages."""
    totals = status.read(store).totals
    if totals["accepted"] != len(course.sent):
        yield f"accepted {totals['accepted']:,}, but {len(course.sent):,} were enqueued"
    names = ("delivered", "parked", "dead", "purged", "erased", "backlog")
    ended = sum(totals[name] for name in names)
    if totals["accepted"] != ended:
        yield f"accepted {totals['accepted']:,}, but {ended:,} are accounted for: {totals}"
    dead = {letter.id for letter in dead_letters.find(store)}
    yield from profile.unaccounted(control, course.sent, dead)
