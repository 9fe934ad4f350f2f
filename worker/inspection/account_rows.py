"""Rows of accounts, the lanes of each folded into it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from batchline.worker.inspection import lanes_page
from batchline.worker.inspection.lanes_page import Paused, Row
from batchline.worker.inspection.surroundings import Surroundings, Use
from batchline.worker.store.pause import GONE_AFTER


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. Seconds are from now."""

    name: str
    #: Its system and address; "" where the settings here do not know it.
    system: str
    url: str
    #: Operations that ever held a message; of these, failing ones, ones whose breaker is open, and
    #: ones of which one lane probes.
    operations: int
    failing: int
    breakers_open: int
    breakers_half: int
    backlog: int
    oldest_seconds: float | None
    in_flight: int
    parked: int
    dead: int
    delivered: int
    #: The pause of the account itself, and how many of its operations or lanes have one.
    paused: Paused | None
    paused_parts: int
    #: The use of its limits; None where it has none.
    use: Use | None
    locked_seconds: float | None
    #: Seconds since a worker that knows it dispatched; None: none ever has.
    served_seconds: float | None

    @property
    def is_served(self) -> bool:
        """Whether a worker that knows the account runs."""
        return self.served_seconds is not None and self.served_seconds <= GONE_AFTER


def fold(
    rows: Iterable[Row], around: Surroundings, places: Mapping[str, tuple[str, str]]
) -> list[AccountRow]:
    """The rows of the lanes page as rows of accounts; `places`: account -> system and address."""
    groups: dict[str, list[Row]] = {name: [] for name in places}
    for row in rows:
        groups.setdefault(row.account, []).append(row)
    return [
        _row(name, groups[name], around, *places.get(name, ("", ""))) for name in sorted(groups)
    ]


def _row(name: str, rows: list[Row], around: Surroundings, system: str, url: str) -> AccountRow:
    pauses = {one.scope: one for row in rows for one in row.paused}
    own = pauses.pop(name, None)
    if own is None and name in around.paused:
        # No lane of it ever held a message.
        own = lanes_page.paused_of(name, around.paused[name], around)
    use, served = around.use.get(name), around.accounts.get(name)
    is_locked = use is not None and use.locked > around.now
    return AccountRow(
        name=name,
        system=system,
        url=url,
        operations=len(rows),
        failing=sum("failing" in row.states for row in rows),
        breakers_open=sum(row.breaker == "open" for row in rows),
        breakers_half=sum(row.breaker == "half" for row in rows),
        backlog=sum(row.backlog for row in rows),
        oldest_seconds=max(
            (row.oldest_seconds for row in rows if row.oldest_seconds is not None), default=None
        ),
        in_flight=sum(row.in_flight for row in rows),
        parked=sum(row.parked for row in rows),
        dead=sum(row.dead for row in rows),
        delivered=sum(row.delivered for row in rows),
        paused=own,
        paused_parts=len(pauses),
        use=use,
        locked_seconds=(use.locked - around.now) / 1000 if use and is_locked else None,
        served_seconds=None if served is None else max(0.0, (around.now - served) / 1000),
    )
