"""Messages on which the API fails, set aside: the lane goes on while it is found out about them.

A message on which alone the API fails, while it takes others, comes back by itself. Where the
failure leaves open whether the API took a message, it has to be asked, and only when it has had
time: several messages that failed together wait for that outside their lane too, as one *trial*.
When they come back, each half of a trial is sent by itself (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from batchline.systems.account import BaseAccount
from batchline.systems.verdicts import Dead, OnTrial, Suspected
from batchline.worker.delivery import blame
from batchline.worker.delivery.blame import Evidence, Finding
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Suspicion
from batchline.worker.store.parking import ON_TRIAL, Meta, next_try


def was_suspected(batch: Batch, index: int) -> bool:
    """Whether the message comes back from having been suspected alone."""
    meta = batch.metas.get(index)
    return meta is not None and meta.suspected > 0


def trial_of(batch: Batch, index: int) -> str:
    """The name of the trial that the message comes back for; "" if it is on none."""
    meta = batch.metas.get(index)
    return meta.trial if meta is not None else ""


def trial_half(name: str) -> int:
    """How many messages half of a trial of that name has."""
    return (int(name.rpartition("/")[2]) + 1) // 2


def give_up_suspects(context: AccountContext, batch: Batch, ledger: Ledger) -> None:
    """Give up the messages that came back only to be asked about: the API has not taken them."""
    if ledger.stop is not None:
        return
    for index, meta in batch.metas.items():
        is_asked = bool(meta.suspected and meta.asked) and ledger.is_open(index)
        if is_asked and next_try(meta.suspected, context.account.suspects) is None:
            ledger.settle((index,), blame.poison(meta.last_try(), meta.suspected))


def history(
    meta: Meta, verdict: Suspected | OnTrial, account: BaseAccount
) -> tuple[Meta, float | None]:
    """The history of a message that is set aside, and seconds until it comes back.

    None: it is given up. One that the API may have taken comes back once more, to be asked about.
    """
    asked = verdict.asked.decode()
    if isinstance(verdict, OnTrial):
        return replace(meta, asked=asked), account.verify_after
    meta = replace(meta, asked=asked, suspected=meta.suspected + 1)
    wait = next_try(meta.suspected, account.suspects)
    return meta, max(wait or 0.0, account.verify_after) if asked else wait


def set_aside(
    batch: Batch, ledger: Ledger, uncertain: Uncertain, evidence: Evidence, finding: Finding
) -> Finding:
    """Set the messages aside of which a batch has found that the API fails on them.

    Returns what is found of the lane then. Messages that the API has certainly not taken are sought
    among in the lane, for nothing has to be waited for.
    """
    assert evidence.failure is not None
    accused = _open(evidence.accused, ledger)
    if finding.guilty:
        is_blocked = evidence.failure.blocked
        for index in accused:
            asked = _asked(batch, uncertain, index)
            of_gateway = is_blocked and not asked
            verdict = Dead("blocked", finding.guilty) if of_gateway else None
            ledger.settle((index,), verdict or Suspected(finding.guilty, asked))
    elif not any(index in uncertain for index in accused):
        return finding
    for failed, detail in evidence.failed:
        _put_on_trial(batch, ledger, uncertain, _open(failed, ledger), detail)
    # A message that this batch has sent, and that stays, is not asked about before its time.
    if not any(ledger.is_open(n) and n not in uncertain.left_open for n in uncertain):
        ledger.stop = None
    return Finding(Suspicion(others_passed=True), is_message=True)


def _put_on_trial(
    batch: Batch, ledger: Ledger, uncertain: Uncertain, group: Sequence[int], detail: str
) -> None:
    """Set the messages of a failed request aside together, if the API may have taken any."""
    if not any(index in uncertain for index in group):
        return
    # Its half may begin with the same message, and has another name by its size.
    name = f"{batch.message_id(group[0])}/{len(group)}"
    line = f"{ON_TRIAL}{name}: {detail}, while others were taken"
    for index in group:
        ledger.settle((index,), OnTrial(line, _asked(batch, uncertain, index)))


def _open(indexes: Sequence[int], ledger: Ledger) -> list[int]:
    return [index for index in indexes if ledger.is_open(index)]


def _asked(batch: Batch, uncertain: Uncertain, index: int) -> bytes:
    """The payload of a message about which the API has to be asked; b"" for others."""
    return batch.columns.item(index).payload if index in uncertain else b""
