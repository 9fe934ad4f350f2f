"""The last check of each account's credentials: who asked the API, when, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from batchline.worker.store import redis_clock
from batchline.worker.store.store import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """A check that was made."""

    #: UNIX ms.
    at: int
    who: str
    #: ms that it took.
    ms: int
    #: Of each finding: "well", "doubtful", "wrong" or "skipped"; what it is; what mends it.
    findings: Sequence[tuple[str, str, str]]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, or may be."""
        return all(mark == "well" for mark, _, _ in self.findings)


def keep(
    store: Store, account: str, who: str, ms: int, findings: Sequence[tuple[str, str, str]]
) -> Checked:
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
        rows = [(str(mark), str(text), str(fix)) for mark, text, fix in fields["findings"]]
        return Checked(int(fields["at"]), str(fields["who"]), int(fields["ms"]), rows)
    except (ValueError, LookupError, TypeError):
        return None  # a newer release, or somebody else, wrote it
