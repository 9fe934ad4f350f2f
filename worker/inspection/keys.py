"""The messages that an idempotency key stands for: one at most for each account and operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from batchline.producers.lanes import enqueued_at
from batchline.producers.outgoing import hashed
from batchline.producers.settings import Settings
from batchline.worker.store import lanes, redis_clock
from batchline.worker.store.store import Store


@dataclass(frozen=True, slots=True)
class Keyed:
    """A message that was sent with the key."""

    account: str
    operation: str
    message_id: str
    #: Whether the key stands for it still: a second send is not enqueued.
    stands: bool


def find(store: Store, settings: Settings, key: str) -> list[Keyed]:
    """The messages of the key, by account and operation; those of the last `idempotency_window`.

    Redis remembers a key for a day longer.
    """
    scopes = sorted({*_of_settings(settings), *_of_lanes(store)})
    pipeline: Any = store.client.pipeline(transaction=False)
    for account, operation in scopes:
        pipeline.get(f"{store.keys.once}{hashed(key, account, operation)}")
    since = redis_clock.now(store) - settings.idempotency_window * 1000
    return [
        Keyed(account, operation, found.decode(), enqueued_at(found.decode()) > since)
        for (account, operation), found in zip(scopes, pipeline.execute(), strict=True)
        if found is not None
    ]


def _of_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, account in settings.accounts.items():
        for operation in account.known_operations:
            yield name, operation


def _of_lanes(store: Store) -> Iterator[tuple[str, str]]:
    """Of accounts that are not in the settings any more, too."""
    for lane in lanes.known(store):
        yield lane.account, lane.operation
