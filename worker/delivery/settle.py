"""Carries out the change of a batch: one script, all or nothing, fenced by the lease's token."""

from __future__ import annotations

from dataclasses import dataclass

from batchline.systems.operation import EffectiveOperation
from batchline.worker.delivery.change import Change, Next
from batchline.worker.delivery.uncertain import mark_of, may_be_marked
from batchline.worker.store import clock, head
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease, Suspicion, new_token, read_batch
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

SETTLE = Script("settle")
#: `Lease.passed_at` of a batch that follows one which the API has answered: later than any time.
JUST_NOW = 2**53


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch that is settled."""

    #: The next batch, when the lease is kept.
    next: tuple[Lease, Batch] | None
    #: Why settling paused the lane or the account; "" when it did not.
    paused: str = ""
    #: Whether another worker had taken the lease: then nothing was settled.
    lost: bool = False


def settle(
    store: Store,
    lease: Lease,
    change: Change,
    following: Next,
    operation: EffectiveOperation,
    journal_length: int,
    ahead: Batch | None = None,
) -> Settled:
    """Carry the change out.

    `ahead`: the next batch, if it was read already. When another worker has taken the lease
    meanwhile, nothing changes: that worker settles the messages. While Redis does not answer, the
    call is repeated, so that delivered messages are not sent again.
    """
    lane, keys, next_token = lease.lane, store.keys, new_token(store)
    goes_on = following.action == "go on"
    next_mark = ""
    if goes_on and ahead is not None and not change.sending and may_be_marked(operation, ahead):
        next_mark = mark_of(ahead)
    arguments: list[Argument] = [
        str(lane),
        lease.token,
        change.to_json(),
        following.action,
        round(following.seconds * 1000),
        operation.batch_size,
        round(operation.linger * 1000),
        journal_length,
        next_token,
        keys.start,
        next_mark,
        *change.bodies,
    ]
    reads = goes_on and ahead is None
    read = head.first(store, lane) if reads else None
    until = clock.seconds() + following.seconds
    answer, *first = SETTLE.with_read(store, _keys(store, lease), arguments, read)
    if answer[0] == b"fenced":
        return Settled(None, lost=True)
    if answer[0] == b"released":
        return Settled(None, answer[2].decode())
    marked, blocked, horizon = bool(next_mark), bool(answer[1]), answer[2].decode()
    listed = answer[3].decode()
    next_lease = Lease(
        lane,
        next_token,
        until,
        change.attempts,
        change.sending or "",
        marked=marked,
        blocked=blocked,
        suspicion=Suspicion(change.suspects, bool(change.others_passed)),
        passed_at=JUST_NOW if change.passed else lease.passed_at,
        probing=change.attempts > 0,
        host=lease.host,
        horizon=horizon,
        listed=listed,
    )
    if ahead is None:
        ahead = read_batch(store, next_lease, first[0], operation.batch_size)
    return Settled((next_lease, ahead))


def _keys(store: Store, lease: Lease) -> list[str]:
    keys, lane = store.keys, lease.lane
    return [
        keys.stream(lane),
        keys.state(lane),
        keys.due,
        keys.parked,
        keys.parked_body,
        keys.dead,
        keys.dead_body,
        keys.journal,
        keys.paused,
        keys.breaker(lane.account, lane.operation),
        keys.lanes,
        keys.jobs,
        keys.jobs_body,
        keys.parked_by_contact(lane.account),
        keys.parked_blocking(lane.account),
        keys.breaker_of_host(lease.host),
    ]
