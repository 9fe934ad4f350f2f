"""The state of all lanes as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from batchline.worker.inspection.status import LaneStatus, Status


def status_table(
    status: Status, troubles: Sequence[str] = (), where: str = "here"
) -> RenderableType:
    """The lanes as a table; below it their jobs and errors, the troubles, and the totals.

    `where`: the Redis that was looked at.
    """
    if not status.lanes:
        none = f"No lane yet: nothing has been enqueued {where}."
        return Group(Text(none), *map(Text, troubles))
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("lane", overflow="fold")
    for name in ("backlog", "oldest", "in flight", "parked", "dead", "delivered", "due"):
        table.add_column(name, justify="right", no_wrap=True)
    for lane in status.lanes:
        table.add_row(
            lane.lane,
            f"{lane.backlog:,}",
            ago(lane.oldest_seconds),
            f"{lane.in_flight:,}",
            f"{lane.parked:,}",
            f"{lane.dead:,}",
            f"{lane.delivered:,}",
            _due(lane),
        )
    notes = [
        f"{lane.lane}: {lane.confirming:,} wait for their job's result, "
        f"{lane.unconfirmed:,} never got one"
        for lane in status.lanes
        if lane.confirming or lane.unconfirmed
    ]
    notes += [f"{lane.lane}: {_error(lane)}" for lane in status.lanes if _error(lane)]
    lines = [Text(note) for note in (*notes, *troubles)]
    return Group(table, *lines, *([""] if lines else []), _totals(status.totals))


def _due(lane: LaneStatus) -> str:
    if lane.paused is not None:
        return "paused"
    if lane.in_flight:
        return "sending"
    return "-" if lane.due_seconds is None else ago(lane.due_seconds)


def _error(lane: LaneStatus) -> str:
    if lane.paused is not None:
        remedy = "mend them, restart the workers, then " if "credentials" in lane.paused else ""
        return f"paused, {lane.paused} ({remedy}batchline resume {lane.resume})"
    if lane.last_error is None:
        return ""
    since = f"{ago(lane.last_error_seconds)} ago"
    if lane.error is None:
        return f"past error {lane.last_error}, {since}; it is over"
    return f"last error {lane.error}, {since}"


def _totals(totals: dict[str, int]) -> Text:
    return Text("  ".join(f"{name} {count:,}" for name, count in totals.items()))


def ago(seconds: float | None) -> str:
    """Seconds as people read them: 4.2s, 12m, 3h, 2d."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.1f}s"
