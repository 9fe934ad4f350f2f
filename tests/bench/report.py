"""The figures of one run: medians over its rounds, as a table and as JSON."""

import os
import platform
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.bench.frame import Drained


@dataclass
class Section:
    """Figures in one unit, compared with one another: per row the value of every round."""

    title: str
    key: str
    rows: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One round's value of one row."""
        self.rows.setdefault(name, []).append(value)

    def ratio(self, name: str) -> float:
        """How many times the first row's median this row's is."""
        first = next(iter(self.rows.values()))
        return median(self.rows[name]) / median(first)


class Report:
    """Collects the rounds; everything in it was measured in the same run."""

    def __init__(self) -> None:
        self.delivered = Section("delivered, events/s at the sink", "delivered_per_second")
        self.enqueued = Section("enqueued by one process, events/s", "enqueued_per_second")
        self.memory = Section("Redis, bytes per waiting event", "bytes_per_message")
        self._drained: dict[str, list[Drained]] = {}

    def add(self, name: str, enqueue: str, drained: Drained) -> None:
        """One round of one peer: its delivery, its filling and its memory."""
        self.delivered.add(name, drained.per_second)
        self.enqueued.add(enqueue, drained.enqueued_per_second)
        self.memory.add(enqueue, drained.bytes_per_message)
        self._drained.setdefault(name, []).append(drained)

    @property
    def sections(self) -> list[Section]:
        """Those in which something was measured."""
        return [s for s in (self.delivered, self.enqueued, self.memory) if s.rows]

    def table(self) -> Table:
        """Medians, their ratios to the first row of the section, lowest and highest round."""
        table = Table(box=SIMPLE_HEAD)
        table.add_column("what")
        for column in ("median", "ratio", "lowest", "highest"):
            table.add_column(column, justify="right", no_wrap=True)
        for section in self.sections:
            table.add_row(f"[bold]{section.title}")
            for name, values in section.rows.items():
                low, middle, high = (f"{f(values):,.0f}" for f in (min, median, max))
                table.add_row(f"  {name}", middle, f"{section.ratio(name):,.2f}", low, high)
            table.add_section()
        return table

    def as_json(self, **run: Any) -> dict[str, Any]:
        """What `run` says, the machine, the work done, and per row the median and each round."""
        sections = {
            section.key: {
                name: {"median": median(values), "ratio": section.ratio(name), "rounds": values}
                for name, values in section.rows.items()
            }
            for section in self.sections
        }
        work = {
            name: {
                "events": rounds[0].events,
                "requests": [drained.requests for drained in rounds],
                "stop_seconds": [drained.stop_seconds for drained in rounds],
            }
            for name, rounds in self._drained.items()
        }
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        return {**run, "machine": machine, "work": work, **sections}
