"""Messages for suppressed contacts, which other releases or earlier calls have enqueued.

Where there is a suppression list, a batch is looked through before anything of it is sent. A
message about a suppressed contact is dropped; of one about several the others are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from batchline.producers.suppression import withdraws
from batchline.systems import identities
from batchline.systems.identities import Identity
from batchline.systems.message import operation_of
from batchline.systems.verdicts import Erased
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease


def drop(
    context: AccountContext, lease: Lease, batch: Batch, ledger: Ledger, uncertain: Uncertain
) -> None:
    """Drop the messages of suppressed contacts, and leave these out of messages about several."""
    if not lease.listed:
        return
    columns = batch.columns
    own = [_about(context, batch, index) for index in range(len(batch))]
    account = batch.lane.account
    suppressed = context.suppressed.among(context.store, lease.listed, account, own)
    dropped = []
    for index, found in enumerate(suppressed):
        if not found:
            continue
        payload = _without(columns.payloads[index], columns.contacts[index].decode(), found)
        if payload is None:
            dropped.append(index)
        else:
            columns.payloads[index] = payload
    ledger.settle(dropped, Erased())
    uncertain.forget(dropped)


def _about(context: AccountContext, batch: Batch, index: int) -> Collection[Identity]:
    columns, system = batch.columns, context.account.system
    operation = operation_of(columns.operation, columns.options[index].decode())
    if withdraws(system, operation):
        return ()
    return identities.about(columns.contacts[index].decode(), columns.payloads[index])


def _without(payload: bytes, contact: str, found: Collection[Identity]) -> bytes | None:
    """The payload without these contacts; None: it is about nobody else."""

    def matches(one: Collection[Identity]) -> bool:
        return not found.isdisjoint(one) if isinstance(found, set) else False

    several = identities.elements(payload)
    rest = identities.without(payload, matches)
    if not several or rest is None or matches(_others(rest, contact)):
        return None
    return rest


def _others(rest: bytes, contact: str) -> Sequence[Identity]:
    return sorted(identities.about(contact, rest))
