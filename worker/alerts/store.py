"""What Redis holds of alerts: who watches, their states, and what the samples were before."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

from batchline.worker.alerts.evaluate import Key, State
from batchline.worker.alerts.view import REMEMBERED, Past
from batchline.worker.metrics.samples import Samples
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

#: Fields of a state: a newer release may have written more.
FIELDS = len(fields(State))
WATCH = Script("watch")
KEEP = Script("keep_alerts")
#: Milliseconds between two samples that are kept; and between older ones, which are kept longer.
FINE, FINE_FOR = 60_000, 75 * 60_000
COARSE, COARSE_FOR = 15 * 60_000, 390 * 60_000


def watches(store: Store, seconds: float) -> bool:
    """Whether this worker is the one that watches, for so many seconds from now on."""
    return bool(WATCH(store, [store.keys.alerts_watch], [store.owner, round(seconds * 1000)]))


def states(store: Store) -> dict[Key, State]:
    """The alerts that hold, or did a moment ago."""
    client: Any = store.client
    found = {}
    for name, text in client.hgetall(store.keys.alerts).items():
        alert, *values = json.loads(name)
        found[Key(alert, tuple(values))] = State(*json.loads(text)[:FIELDS])
    return found


def save(store: Store, before: Mapping[Key, State], now: Mapping[Key, State]) -> None:
    """Write what has changed."""
    gone = [_name(key) for key in before.keys() - now.keys()]
    changed = {
        _name(key): json.dumps(astuple(state))
        for key, state in now.items()
        if before.get(key) != state
    }
    _keep(store, store.keys.alerts, gone, changed)


def history(store: Store) -> list[Past]:
    """What the samples were before, the oldest first."""
    client: Any = store.client
    kept = client.hgetall(store.keys.alerts_history)
    return [_past(int(at), body) for at, body in sorted(kept.items(), key=lambda one: int(one[0]))]


def remember(store: Store, known: list[Past], now: int, samples: Samples) -> None:
    """Keep the samples, once a minute; drop what nobody looks at any more."""
    if known and 0 <= now - known[-1].at < FINE:
        return
    drop = [str(at) for at in dropped([one.at for one in known], now)]
    _keep(store, store.keys.alerts_history, drop, {str(now): _body(samples)})


def dropped(times: list[int], now: int) -> list[int]:
    """Of the times (UNIX ms, ascending) those whose samples are needed no more.

    Of the last 75 minutes all are kept, of the hours before one for each quarter of an hour.
    """
    found, quarter = [], -1
    for at in times:
        age = now - at
        is_first = at // COARSE != quarter
        quarter = at // COARSE
        if age < 0 or age > COARSE_FOR or (age > FINE_FOR and not is_first):
            found.append(at)
    return found


def _keep(store: Store, key: str, gone: Sequence[str], changed: Mapping[str, str | bytes]) -> None:
    if gone or changed:
        pairs = [part for pair in changed.items() for part in pair]
        KEEP(store, [key], [len(gone), *gone, *pairs])


def _name(key: Key) -> str:
    return json.dumps([key.alert, *key.values])


def _body(samples: Samples) -> bytes:
    rows = {
        one.name: [[*labels, value] for labels, value in samples.get(one.name, {}).items() if value]
        for one in REMEMBERED
    }
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def _past(at: int, body: bytes) -> Past:
    rows = json.loads(zlib.decompress(body))
    return Past(
        at,
        {
            name: {tuple(map(str, labels)): float(value) for *labels, value in found}
            for name, found in rows.items()
        },
    )
