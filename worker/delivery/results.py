"""What the application is told of messages (`batchline.results`), for the settling scripts. Pure.

Only messages that are settled have a result: delivered, or a dead letter. Those of a job have none
before the job has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypedDict

from batchline.producers.result import Outcome
from batchline.systems.columns import messages
from batchline.systems.message import operation_of
from batchline.systems.verdicts import Dead
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.store.batch import Batch

#: Message id, operation, outcome, contact key, reason, detail.
Row = tuple[str, str, Outcome, str, str, str]

#: The reason and the detail of a message that is delivered.
NOTHING = Dead("", "")


class Results(TypedDict):
    """The argument `told` of `worker/store/lua/results.lua`."""

    #: How many results are kept, about.
    length: int
    rows: list[Row]


def of_batch(
    batch: Batch,
    ledger: Ledger,
    dead: Iterable[tuple[tuple[str, int], Dead]],
    erased: Collection[str],
    confirms: bool,
    length: int,
) -> Results | None:
    """The results of a batch; None when nothing of it is settled.

    `dead`: of each dead letter the message's id (and the index of its body), and why it died.
    `confirms`: whether jobs are asked about.
    """
    verdicts = {message_id: verdict for (message_id, _), verdict in dead}
    jobs = ledger.jobs if confirms else ()
    confirming = {index for _, items in jobs for index in messages(items)}
    rows: list[Row] = []
    for index in range(len(batch)):
        message_id = batch.message_id(index)
        if message_id in verdicts:
            rows.append(_row(batch, index, "dead", verdicts[message_id]))
        elif message_id in erased:
            rows.append(erased_row(batch, index))
        elif ledger.is_delivered(index) and index not in confirming:
            rows.append(_row(batch, index, "delivered"))
    return of_rows(rows, length) if rows else None


def of_rows(rows: Iterable[Row], length: int) -> Results:
    """These results."""
    return Results(length=length, rows=list(rows))


def row(
    message_id: str,
    operation: str,
    outcome: Outcome,
    contact: str,
    reason: str = "",
    detail: str = "",
) -> Row:
    """One result, as text that Redis' JSON can read: a plug-in may give what its API gave it."""
    detail = str(detail or "").encode(errors="replace").decode()
    return (message_id, operation, outcome, contact, reason, detail)


def erased_row(batch: Batch, index: int) -> Row:
    """The result of a dropped message: it names no contact."""
    operation = operation_of(batch.columns.operation, batch.columns.options[index].decode())
    return row(batch.message_id(index), operation, "erased", "")


def _row(batch: Batch, index: int, outcome: Outcome, verdict: Dead = NOTHING) -> Row:
    columns = batch.columns
    operation = operation_of(columns.operation, columns.options[index].decode())
    contact = columns.contacts[index].decode()
    message_id = batch.message_id(index)
    return row(message_id, operation, outcome, contact, verdict.reason, verdict.detail)
