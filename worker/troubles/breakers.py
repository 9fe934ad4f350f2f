"""Who waits for a breaker: nobody tries what no message waits for, and then nothing is wrong."""

from __future__ import annotations

from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store import lanes
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

#: Troubles of a lane for which no worker tries to deliver it.
NOT_TRIED = (b"unknown_account", b"foreign")


def operation_is_awaited(store: Store, trouble: Trouble) -> bool:
    """Whether the breaker of this account's operation is open, and messages wait for it."""
    account, _, operation = trouble.scope.partition(":")
    if not store.client.hexists(store.keys.breaker(account, operation), "state"):
        return False
    ours = [one for one in lanes.known(store) if one[:2] == (account, operation)]
    rows = _read(store, ours, "parked", "trouble")
    return any(
        (waiting or lanes.number(parked) > 0) and kind not in NOT_TRIED
        for waiting, parked, kind in rows
    )


def host_is_awaited(store: Store, trouble: Trouble) -> bool:
    """Whether a lane with messages waits until this host is reached.

    While a lane tries, nothing says for which host. Then only its failures count: the lane of the
    trouble is the last that failed to reach this one.
    """
    key = store.keys.breaker_of_host(trouble.scope).encode()
    if not store.client.exists(key):
        return False
    any_host = store.keys.breaker_of_host("").encode()
    known = lanes.known(store)
    rows = _read(store, known, "waits_with", "attempts", "trouble")
    for lane, (waiting, waits_with, attempts, kind) in zip(known, rows, strict=True):
        is_last = str(lane) == trouble.lane and lanes.number(attempts) > 0
        tries = is_last and not (waits_with or b"").startswith(any_host)
        if waiting and kind not in NOT_TRIED and (tries or waits_with == key):
            return True
    return False


def _read(store: Store, known: list[Lane], *fields: str) -> list[tuple[Any, ...]]:
    """Of each lane how many messages wait in it, and these fields of its state."""
    pipeline: Any = store.client.pipeline(transaction=False)
    for lane in known:
        pipeline.xlen(store.keys.stream(lane))
        pipeline.hmget(store.keys.state(lane), fields)
    answers = pipeline.execute()
    return [(waiting, *state) for waiting, state in zip(answers[::2], answers[1::2], strict=True)]
