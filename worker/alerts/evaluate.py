"""Decides what is told of alerts: when one begins, when it ends, when it is told again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from batchline.worker.alerts.table import ALERTS, BY_NAME, Alert
from batchline.worker.alerts.view import View

Status = Literal["firing", "resolved"]
#: Milliseconds for which an alert must be away before it counts as ended: what comes and goes is
#: told once.
CALM = 60_000


class Key(NamedTuple):
    """What an alert is about: the values of its labels, in their order."""

    alert: str
    values: tuple[str, ...]

    @property
    def labels(self) -> dict[str, str]:
        """The labels, by name; none of an alert that this release does not know."""
        alert = BY_NAME.get(self.alert)
        return dict(zip(alert.labels, self.values, strict=False)) if alert else {}


@dataclass(frozen=True, slots=True)
class State:
    """One alert that holds, or did a moment ago. UNIX ms; 0: not yet."""

    value: float
    #: Since when it holds; when it has for long enough; when it was last told.
    since: int
    fired: int = 0
    told: int = 0
    #: Since when it holds no more.
    away: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert to be told."""

    status: Status
    key: Key
    state: State

    @property
    def alert(self) -> Alert | None:
        return BY_NAME.get(self.key.alert)


def holding(view: View, alerts: Iterable[Alert] = ALERTS) -> dict[Key, float]:
    """What holds now, however short."""
    return {
        Key(alert.name, labels): value
        for alert in alerts
        for labels, value in alert.holds(view).items()
    }


def step(
    states: Mapping[Key, State], now_holding: Mapping[Key, float], now: int
) -> dict[Key, State]:
    """The states after a look; `now`: UNIX ms."""
    found = {}
    for key, value in now_holding.items():
        before = states.get(key, State(value, now))
        lasts = BY_NAME[key.alert].lasts * 1000 if key.alert in BY_NAME else 0
        fired = before.fired or (now if now - before.since >= lasts else 0)
        found[key] = replace(before, value=value, fired=fired, away=0)
    for key, before in states.items():
        if key not in now_holding and before.fired:
            found[key] = replace(before, away=before.away or now)
    return found


def notices(states: Mapping[Key, State], now: int, repeat: float) -> list[Notice]:
    """What is to be told now; `repeat`: seconds until an alert that lasts is told again."""
    found: list[Notice] = []
    for key, state in states.items():
        if state.away:
            if now - state.away >= CALM:
                found.append(Notice("resolved", key, state))
        elif state.fired and (not state.told or now - state.told >= repeat * 1000):
            found.append(Notice("firing", key, state))
    return sorted(found, key=lambda one: (one.status, one.state.fired, one.key))


def told(states: Mapping[Key, State], notices: Iterable[Notice], now: int) -> dict[Key, State]:
    """The states once these notices are told: what has ended is forgotten."""
    found = dict(states)
    for one in notices:
        if one.status == "resolved":
            found.pop(one.key, None)
        else:
            found[one.key] = replace(one.state, told=now)
    return found
