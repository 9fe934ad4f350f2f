"""The change that a delivered batch makes in Redis, decided as a value. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from batchline.producers.keys import Keys
from batchline.producers.letter_body import letter_body
from batchline.systems.account import BaseAccount, Breaker, FloodGuard
from batchline.systems.columns import Item
from batchline.systems.verdicts import (
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Erased,
    Flooded,
    Newer,
    OnTrial,
    RateLimited,
    ShuttingDown,
    Suspected,
    Unshown,
    Verdict,
    VerifyLater,
)
from batchline.worker.delivery import aside, backoff, blame, journal_line, latency, met, results
from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.cut import next_cut
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.delivery.open_job import JobMessages
from batchline.worker.store import head, pause
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease
from batchline.worker.store.message_ids import after
from batchline.worker.store.parking import Meta, next_try

#: Message id, ms to wait, index of its body, contact key, and whether nothing later of the contact
#: may pass it.
Parked = tuple[str, float, int, str, bool]
#: Reasons of dead letters that are the messages' own fault: a flood of them is somebody else's.
OF_ONE_MESSAGE = ("rejected", "blocked", "unprocessable")
#: Reasons to stop that make the lane wait, and are no failures.
WAITS = (RateLimited, VerifyLater, ShuttingDown, Newer)


@dataclass(frozen=True, slots=True)
class Next:
    """The way on of a lane after a batch."""

    action: Literal["go on", "release", "back off", "wait"]
    #: "go on": seconds of the lease; "back off" and "wait": seconds until the lane is due.
    seconds: float = 0.0


@dataclass(slots=True)
class Change:
    """The argument `change` of the settle script; `worker/store/lua/settle.lua` has its fields."""

    trim: str = ""
    remove: list[str] = field(default_factory=list)
    park: list[Parked] = field(default_factory=list)
    behind: list[Parked] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    #: Message id, index of its body.
    dead: list[tuple[str, int]] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)
    journal: list[str] = field(default_factory=list)
    #: Job's name, ms until the first question, index of its body.
    jobs: list[tuple[str, int, int]] = field(default_factory=list)
    api_ids: list[tuple[str, str, int]] = field(default_factory=list)
    #: The mark; None: it stays as it is.
    sending: str | None = ""
    #: Messages of the head that the next batch sends alone (`worker/delivery/fault.py`); 0: all.
    alone: int = 0
    #: Messages of which the next batch has at most so many; 0: the operation's `batch_size`.
    cut: int = 0
    #: Who of the lane is under suspicion: the fields of `Suspicion`.
    suspects: int = 0
    others_passed: int = 0
    #: Failures of the destination in a row.
    attempts: int = 0
    #: Whether the API answered a request of the lane.
    passed: bool = False
    breaker: dict[str, float] = field(default_factory=dict)
    #: Requests that reached the host, and that did not.
    host: dict[str, int] = field(default_factory=dict)
    #: The breaker with which the lane waits: when it closes, the lane goes on. None: the API itself
    #: told the lane how long to wait, or it waits for something else.
    waits_with: Literal["breaker", "host"] | None = None
    flood: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    #: Kind and detail of the lane's own trouble; and troubles of which this batch is one more.
    trouble: tuple[str, str] | None = None
    troubles: list[dict[str, Any]] = field(default_factory=list)
    #: The batch's place in a sampled trace, which its troubles note; None: it has none.
    trace: str | None = None
    #: What is paused, why, and the kind of trouble that this is.
    pause: tuple[str, str, str] | None = None
    #: What the application is told (`worker/delivery/results.py`); None: nothing.
    results: results.Results | None = None
    #: How many requests the account keeps, and the indexes of the bodies of those to be added.
    requests: tuple[int, list[int]] | None = None
    #: Of parked messages, dead letters, jobs and requests. The script takes them beside the JSON:
    #: they may be large, and those of jobs are compressed, and so no text.
    bodies: list[bytes] = field(default_factory=list)
    #: Why each of the dead letters died.
    letters: list[Dead] = field(default_factory=list)
    #: Of messages that are set aside for the first time: the API's failure.
    suspected: list[str] = field(default_factory=list)
    #: Ids of messages that are dropped, for their contact is suppressed.
    erased: list[str] = field(default_factory=list)

    def add_body(self, body: bytes) -> int:
        """Add a body; return its index."""
        self.bodies.append(body)
        return len(self.bodies) - 1

    def to_json(self) -> str:
        """Every field that the script takes as JSON, and that is not None."""
        names = [
            name
            for name in self.__slots__
            if name not in ("bodies", "letters", "suspected", "erased")
        ]
        fields = {name: getattr(self, name) for name in names}
        return json.dumps({name: value for name, value in fields.items() if value is not None})


def decide(
    lease: Lease,
    batch: Batch,
    result: BatchResult,
    account: BaseAccount,
    keys: Keys,
    now: int,
    results_length: int,
) -> Change:
    """Everything that settling this batch writes; `now` in UNIX ms, for what is told of messages.

    Moments are given as durations from now on, to which the script adds the time.
    """
    ledger = result.ledger
    change = Change(sending=result.mark)
    change.count.update(requests=result.requests, merged=ledger.merged, delivered=ledger.delivered)
    change.count.update(latency.counted(batch, ledger, now))
    for index in batch.metas:
        if ledger.is_delivered(index):
            _arrive(change, batch, index)
    for index, verdict in sorted(ledger.verdicts.items()):
        _settle_one(change, batch, index, verdict, account, now)
    _arrive_changes(change, batch, ledger, account)
    change.trim, change.remove = _cut(batch, ledger)
    if account.jobs.confirm:
        for job, items in ledger.jobs:
            _open_job(change, batch, job, items, account, now)
    if account.remember_ids:
        change.api_ids = [
            (keys.api_id(batch.message_id(index)), api_id, account.remember_ids)
            for index, api_id in ledger.api_ids.items()
        ]
    if account.operation(batch.lane.operation).results:
        dead = zip(change.dead, change.letters, strict=True)
        change.results = results.of_batch(
            batch, ledger, dead, change.erased, account.jobs.confirm, results_length
        )
    change.breaker = _breaker(account.breaker, ledger)
    change.host = {"answered": ledger.answered + ledger.failed, "failed": ledger.unreachable}
    suspicion = result.finding.suspicion
    change.suspects, change.others_passed = suspicion.window, int(suspicion.others_passed)
    change.attempts = _attempts(lease, result)
    change.passed = result.passed
    change.waits_with = _waits_with(ledger)
    # The batch that failed was halved, and this half has passed: the fault is in the other.
    change.alone = lease.alone // 2 if ledger.stop is None else lease.alone
    change.cut = next_cut(lease, batch, result, account.operation(batch.lane.operation).batch_size)
    change.flood = _flood(account.flood_guard, ledger)
    is_failing = lease.failing_since and not result.passed
    failing = (now - lease.failing_since) / 1000 if is_failing else 0.0
    change.trouble = met.lane_trouble(ledger.stop, failing)
    change.troubles = met.letters(change.letters, lease.lane)
    change.troubles += met.suspected(change.suspected, lease.lane)
    change.troubles += met.miscounted(ledger, lease.lane)
    _stop(change, lease, ledger)
    if result.kept is not None:
        rows = result.kept.rows(batch, lease.attempts + 1, account.secret_texts())
        if rows:
            change.requests = result.kept.most, [change.add_body(row) for row in rows]
    change.journal = journal_line.of_batch(batch, result, change.count, lease.attempts)
    return change


def next_for(
    lease: Lease,
    result: BatchResult,
    account: BaseAccount,
    ends: bool,
    random: Any,
) -> Next:
    """What the worker does with the lane after this batch.

    `ends`: whether the worker, or its time for this lane, is over. `random` gives [0, 1).
    """
    stop = result.ledger.stop
    if isinstance(stop, WAITS):
        return Next("wait", stop.seconds)
    if stop is not None:
        retry_after = stop.retry_after if isinstance(stop, DestinationFailed) else None
        attempts = 0 if result.finding.is_message else lease.attempts
        wait = backoff.delay(attempts, retry_after, account.backoff, random)
        # The API is asked about uncertain messages when it has had time to finish their request.
        return Next("back off", max(wait, account.verify_after if result.mark else 0.0))
    return Next("release") if ends else Next("go on", account.lease)


def _attempts(lease: Lease, result: BatchResult) -> int:
    """Failures of the destination in a row, this batch included."""
    stop, finding = result.ledger.stop, result.finding
    if finding.is_message or finding.suspicion.window:
        # The search goes on: its next failure counts as one that follows others.
        searching = blame.SUSPECT_AFTER - 1
        if isinstance(stop, WAITS):
            return max(searching, lease.attempts)
        is_operation = stop is not None and not finding.is_message
        return max(searching, lease.attempts + 1) if is_operation else searching
    if stop is None:
        return 0
    return lease.attempts if isinstance(stop, WAITS) else lease.attempts + 1


def _waits_with(ledger: Ledger) -> Literal["breaker", "host"] | None:
    stop = ledger.stop
    if not isinstance(stop, DestinationFailed) or stop.retry_after is not None:
        return None
    return "host" if blame.scope_of(stop) == "host" else "breaker"


def _stop(change: Change, lease: Lease, ledger: Ledger) -> None:
    stop = ledger.stop
    if isinstance(stop, Newer) or (stop is not None and not isinstance(stop, WAITS)):
        change.error = stop.detail
    if isinstance(stop, CredentialsRefused):
        reason = f"{pause.REFUSED}: {stop.detail}"
        change.pause = (lease.lane.account, reason, "credentials_refused")
    elif isinstance(stop, Flooded):
        change.pause = (str(lease.lane), f"{pause.FLOODED}: {stop.detail}", "flood_guarded")


def _open_job(
    change: Change, batch: Batch, job: str, items: Sequence[Item], account: BaseAccount, now: int
) -> None:
    messages = JobMessages.of(batch, items)
    change.count["confirming"] += len(messages)
    body = change.add_body(messages.to_body(batch.lane, job, now, account.system))
    # An API may give two jobs the same id: its gateway repeats an answer, its numbers begin anew.
    first = messages.ids[0].rpartition("@")[2]
    change.jobs.append((f"{batch.lane}@{job}@{first}", round(account.jobs.poll * 1000), body))


def _breaker(limits: Breaker, ledger: Ledger) -> dict[str, float]:
    """The figures that `breaker_note` of `breaker.lua` takes; times in ms."""
    return {
        "answered": ledger.answered,
        "failed": ledger.failed,
        "streak": limits.streak,
        "share": limits.share,
        "least": limits.least,
        "window": round(limits.window * 1000),
        "open": round(limits.open * 1000),
    }


def _flood(guard: FloodGuard, ledger: Ledger) -> dict[str, float]:
    """The figures that the flood guard of `settle.lua` takes; times in ms."""
    rejected = sum(
        isinstance(verdict, Suspected)
        or (isinstance(verdict, Dead) and verdict.reason in OF_ONE_MESSAGE)
        for verdict in ledger.verdicts.values()
    )
    return {
        "seen": len(ledger) - len(ledger.open()),
        "rejected": rejected,
        "share": guard.share,
        "least": guard.least,
        "window": round(guard.window * 1000),
    }


def _settle_one(
    change: Change,
    batch: Batch,
    index: int,
    verdict: Verdict | Behind | Erased,
    account: BaseAccount,
    now: int,
) -> None:
    """Park the message, or make a dead letter of it; `now` in UNIX ms."""
    if isinstance(verdict, Erased):
        change.count["erased"] += 1
        change.erased.append(batch.message_id(index))
        _arrive(change, batch, index)
        return
    contact = batch.columns.contacts[index].decode()
    meta = batch.meta(index) or Meta(batch.message_id(index))
    assert isinstance(verdict, Behind | ContactMissing | Unshown | Suspected | OnTrial | Dead)
    still_behind = isinstance(verdict, Behind) and meta.last_detail() == verdict.detail
    if not still_behind:
        meta = meta.with_event(now, verdict.detail)
    if isinstance(verdict, Behind):
        _count(change, "parked", "behind")
        body = change.add_body(_body(batch, index, meta, "behind", verdict.detail))
        change.behind.append((meta.id, _wait(verdict.seconds, index), body, contact, True))
        return
    if isinstance(verdict, ContactMissing | Unshown):
        if isinstance(verdict, Unshown):
            reason, asked = "ambiguous", verdict.asked.decode()
            meta = replace(meta, asked=asked, unshown=meta.unshown + 1)
            wait = next_try(meta.unshown, account.replay)
        else:
            reason = "contact_missing"
            meta = replace(meta, asked="", tries=meta.tries + 1)
            wait = next_try(meta.tries, account.replay)
        if wait is not None:
            _count(change, "parked", reason)
            body = change.add_body(_body(batch, index, meta, reason, verdict.detail))
            blocks = batch.columns.item(index).operation != batch.lane.operation
            change.park.append((meta.id, _wait(wait, index), body, contact, blocks))
            return
        meta = replace(meta, tries=0)
        verdict = Dead(reason, verdict.detail)
    if isinstance(verdict, Suspected | OnTrial):
        meta, wait = aside.history(meta, verdict, account)
        if wait is not None:
            _count(change, "parked", "suspected")
            body = change.add_body(_body(batch, index, meta, "suspected", verdict.detail))
            is_new = isinstance(verdict, Suspected) and meta.suspected == 1
            change.suspected += [verdict.detail] if is_new else []
            change.park.append((meta.id, _wait(wait, index), body, contact, True))
            return
        verdict = blame.poison(verdict.detail, meta.suspected)
    _count(change, "dead", verdict.reason)
    _count(change, "died", verdict.reason)
    change.letters.append(verdict)
    _arrive(change, batch, index)
    # A person who replays it has decided.
    meta = replace(meta, asked="", unshown=0, suspected=0)
    letter = _body(batch, index, meta, verdict.reason, verdict.detail, account.system)
    change.dead.append((meta.id, change.add_body(letter)))


def _count(change: Change, counter: str, reason: str) -> None:
    """Count a parked message (`unpark.lua` takes it out again) or a dead one, by its reason too."""
    change.count.update([counter, f"{counter}_{reason}"])


def _wait(seconds: float, index: int) -> float:
    """Milliseconds, with a fraction that grows with the index in the batch.

    So messages that one batch parks come back in their order.
    """
    return round(seconds * 1000) + index / head.LARGEST


def _arrive(change: Change, batch: Batch, index: int) -> None:
    """Note that a message which was parked before is settled: it blocks nothing any more."""
    meta = batch.metas.get(index)
    if meta:
        change.arrived.append(f"{batch.columns.contacts[index].decode()}\t{meta.id}")


def _arrive_changes(change: Change, batch: Batch, ledger: Ledger, account: BaseAccount) -> None:
    """Note the settled messages that gave their contact another key: they block nothing of it."""
    find = account.known_operations[batch.lane.operation].next_contacts
    if find is None:
        return
    dead = {message_id for message_id, _ in change.dead}
    for index, contact in find(batch.columns.payloads).items():
        message_id = batch.message_id(index)
        if ledger.is_delivered(index) or message_id in dead or message_id in change.erased:
            change.arrived.append(f"{contact}\t{message_id}")


def _body(
    batch: Batch, index: int, meta: Meta, reason: str, detail: str, system: str = ""
) -> bytes:
    columns = batch.columns
    body = letter_body(
        str(batch.lane),
        columns.contacts[index].decode(),
        columns.options[index].decode(),
        columns.payloads[index].decode(),
        meta.to_json(),
        reason,
        detail,
        system,
    )
    return body.encode(errors="replace")


def _cut(batch: Batch, ledger: Ledger) -> tuple[str, list[str]]:
    """The stream id before which every message is settled, and the settled ids behind it."""
    first_kept = ledger.first_open()
    if first_kept is None:
        return after(batch.ids[-1].decode()), []
    behind = range(first_kept, len(batch))
    removed = [batch.ids[index].decode() for index in behind if not ledger.is_open(index)]
    return batch.ids[first_kept].decode(), removed
