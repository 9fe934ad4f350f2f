"""The last check of each account's credentials: who asked the API, when, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from batchline.worker.store import redis_clock
from batchline.worker.store.store import Store

#: Marks of a finding that leave nothing to do.
GOOD = ("well", "skipped")


class Told(NamedTuple):
    """One thing that the check found."""

    #: "DNS", "TLS", "credentials", "latency" or "clock".
    part: str
    #: "well", "doubtful", "wrong" or "skipped".
    mark: str
    text: str
    #: What mends it; "" where nothing is to be mended.
    fix: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that was made."""

    #: UNIX ms.
    at: int
    who: str
    #: ms that it took.
    ms: int
    findings: Sequence[Told]

    @property
    def is_well(self) -> bool:
        """Whether the API takes the credentials, and nothing is wrong, or may be."""
        good = {one.part for one in self.findings if one.mark == "well"}
        return "credentials" in good and all(one.mark in GOOD for one in self.findings)


def keep(store: Store, account: str, who: str, ms: int, findings: Sequence[Told]) -> Checked:
    """Keep it in place of the one before."""
    done = Checked(redis_clock.now(store), who, ms, findings)
    store.client.hset(store.keys.checked, account, json.dumps(asdict(done)))
    return done


def last(store: Store, account: str) -> Checked | None:
    """The last one; None: there was none, or it cannot be read."""
    raw: Any = store.client.hget(store.keys.checked, account)
    try:
        fields = json.loads(raw) if raw else None
        if fields is None:
            return None
        rows = [Told(*map(str, row)) for row in fields["findings"]]
        return Checked(int(fields["at"]), str(fields["who"]), int(fields["ms"]), rows)
    except (ValueError, LookupError, TypeError):
        return None  # a newer release, or somebody else, wrote it
