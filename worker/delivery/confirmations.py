"""Confirmations: the API is asked about a job that it accepted, until the job's result is known.

An open job keeps its messages, compressed, in Redis. Messages that the result names as invalid
become dead letters; events that are parked for the other contacts go on at once. A job that does
not end in time, or whose result does not say whom it means, is reported as unconfirmed; its
messages stay delivered, for the API has accepted them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.producers.result import Outcome
from batchline.systems import api_text
from batchline.systems.account import Jobs
from batchline.systems.contract import HasJobs
from batchline.systems.message import operation_of
from batchline.systems.requests import HttpCall
from batchline.systems.verdicts import JobEnded
from batchline.worker.delivery import job_files, job_results, rate_limits, results
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.open_job import UNREADABLE_JOB, Job, JobMessage
from batchline.worker.store import redis_clock
from batchline.worker.store.parking import Meta
from batchline.worker.store.scripts import Argument, Script, names_of
from batchline.worker.store.store import NOWHERE, Store
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles.stalls import JOB_GRACE

DISPATCH = Script("dispatch_jobs")
POSTPONE = Script("postpone_job")
END = Script("end_job")
#: The answer of the script where the job was changed since it was read.
CHANGED = 2
#: Jobs dispatched in one call; seconds until a job is dispatched again.
MOST_JOBS = 50
GRACE = JOB_GRACE
#: Seconds after which a job without a grant asks for one again, at least.
SHORTEST_WAIT = 0.1
#: Jobs read in one call.
JOBS_READ = 10


def dispatch(
    store: Store,
    share: int = MOST_JOBS,
    free: Mapping[str, int] | None = None,
    known: Iterable[str] | None = None,
) -> list[str]:
    """The names of the jobs to ask about now.

    Of one account they are `share` at most, or as many as `free` says. Those of accounts that are
    not `known` (None: all are) are left to a worker that knows them.
    """
    keys = [store.keys.jobs, store.keys.jobs_dispatched, store.keys.accounts]
    arguments: list[Argument] = [MOST_JOBS, round(GRACE * 1000), names_of(known), share]
    arguments += store.looked_at.get("jobs", NOWHERE)
    for account, places in (free or {}).items():
        arguments += [account, places]
    member, score, *names = DISPATCH(store, keys, arguments)
    store.looked_at["jobs"] = (member, score)
    return [name.decode() for name in names]


def open_contacts(
    context: AccountContext,
    lane: Lane,
    asked: Collection[str],
    next_contacts: Callable[[Sequence[bytes]], Mapping[int, str]] | None = None,
) -> set[str]:
    """Those of the contacts asked about whose upserts are in open jobs of the lane's operation.

    `next_contacts` finds the keys that they will have then. Each job is read once by a process, and
    few of them are held at once. A job that cannot be read holds nobody: asking about it fails, and
    that is told.
    """
    store, known = context.store, context.job_contacts
    names: Any = store.client.zrange(store.keys.jobs, 0, -1)
    start = f"{lane.account}:{lane.operation}:"
    every = [name.decode(errors="replace") for name in names]
    jobs = [name for name in every if name.startswith(start)]
    found, unknown = known.find(jobs, start, asked)
    for at in range(0, len(unknown), JOBS_READ):
        page = unknown[at : at + JOBS_READ]
        bodies: Any = store.client.hmget(store.keys.jobs_body, page)
        for name, body in zip(page, bodies, strict=True):
            if body is None:
                continue
            with suppress(*UNREADABLE_JOB):
                found |= known.add(name, _keys_in(Job.read(name, body), next_contacts), asked)
    return found


def _keys_in(
    job: Job, next_contacts: Callable[[Sequence[bytes]], Mapping[int, str]] | None
) -> set[str]:
    """The contacts of the job, and the keys that they will have."""
    keys = set(job.messages.contacts)
    if next_contacts is not None:
        keys.update(next_contacts(job.messages.payloads).values())
    return keys


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking about a job, as Flower shows it."""

    text: str
    #: Whether the job is given up on: nobody knows whether the API took its messages in the end.
    unconfirmed: bool = False
    #: Whether the job is of another system than its account is of now.
    foreign: bool = False
    #: Whether its messages are in Redis no more.
    lost: bool = False

    @property
    def failed(self) -> bool:
        """Whether a trouble was met."""
        return self.unconfirmed or self.foreign or self.lost

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The API was not asked, which may be tried again after so many seconds."""

    why: str
    seconds: float


def confirm(name: str, context: AccountContext) -> Asked:
    """Ask the API about a job once.

    `jobs.until` counts from the first question on: a job is asked about at least once before it is
    given up on, however long nobody could ask.
    """
    store = context.store
    stored: Any = store.client.hget(store.keys.jobs_body, name)
    if stored is None:
        return _without_messages(store, name)
    job, account = Job.read(name, stored), context.account
    if job.system not in ("", account.system):
        return _wait_for_system(store, job, account.system)
    result = _ask(job, context)
    if isinstance(result, JobEnded):
        return _end(context, job, result)
    if isinstance(result, NotAsked):
        _postpone(store, job, result.seconds)
        return Asked(f"not yet: {result.why}")
    jobs: Jobs = account.jobs
    if not _postpone(store, job, jobs.poll, jobs.until):
        return _end(context, job, JobEnded(unconfirmed=result))
    return Asked(f"not yet: {result}")


def _without_messages(store: Store, name: str) -> Asked:
    """The job has ended, or its body was lost: then it is forgotten, and told of."""
    if not store.client.zrem(store.keys.jobs, name):
        return Asked("ended before")
    for key in (store.keys.jobs_dispatched, store.keys.jobs_asked):
        store.client.hdel(key, name)
    why = f"{name}: its messages are lost in Redis"
    troubles.begin(store, "job_failed", name.partition("@")[0], why)
    return Asked(why, lost=True)


def _postpone(store: Store, job: Job, seconds: float, until: float | None = None) -> bool:
    """Have the API asked about the job again; False when it has been asked for `until` seconds.

    `until` is None where the API was not asked now.
    """
    keys = [store.keys.jobs, store.keys.jobs_dispatched, store.keys.jobs_asked]
    longest: Argument = "" if until is None else round(until * 1000)
    return bool(POSTPONE(store, keys, [job.name, round(seconds * 1000), longest]))


def _wait_for_system(store: Store, job: Job, system: str) -> Asked:
    """Nobody is asked about the job: the API of another system knows others by such ids."""
    why = f"{job.name} is of {job.system}, and the account is of {system}"
    _tell(store, "job_foreign", job, 1, why)
    _postpone(store, job, GRACE)
    return Asked(why, foreign=True)


def _tell(store: Store, kind: str, job: Job, count: int, detail: str) -> None:
    """Note a trouble with the job; `count` is of what its kind counts, once each."""
    scope = f"{job.lane.account}:{job.lane.operation}"
    troubles.begin(store, kind, scope, detail, job.lane, count)


def _ask(job: Job, context: AccountContext) -> JobEnded | NotAsked | str:
    """The job's result, or why there is none yet."""
    account, system, store = context.account, context.system, context.store
    if not isinstance(system, HasJobs):
        return f"{account.system} has no jobs"
    seconds = account.timeout.connect + account.timeout.read
    grant = rate_limits.take(store, job.lane.account, account, 1, seconds, reserves=True)
    if not grant.requests:
        return NotAsked("waits for the rate limit", max(grant.wait, SHORTEST_WAIT))
    try:
        now = time.time()
        options = job.messages.shared_options()
        answer = context.http.send(system.job_status(job.remote, account, now, options))
        progress = system.job_progress(answer)
        if isinstance(progress, HttpCall):
            result = system.job_result(context.http.send(job_files.allowed(progress, account)))
            return result or "the result's file cannot be read"
        return progress or "the job has not ended"
    except NoAnswer as error:
        return str(error)
    except job_files.Refused as refused:
        _tell(store, "job_file_refused", job, 1, f"{job.name}: {refused}")
        return str(refused)
    finally:
        rate_limits.release(store, job.lane.account, account, grant, ())


def _end(context: AccountContext, job: Job, ended: JobEnded) -> Asked:
    """End the job in Redis, as its result says."""
    store, system = context.store, job.system or context.account.system
    now = redis_clock.now(store)
    secrets = context.account.secret_texts()
    result = _cleaned(ended, job, secrets)
    messages = list(job.messages)
    findings = job_results.find(messages, result, context.system, secrets, job.erased)
    details = list(zip(messages, findings.details, strict=True))
    rejected = [(message, detail) for message, detail in details if detail is not None]
    valid = {message.contact for message, detail in details if detail is None}
    is_confirmed = findings.unconfirmed is None
    change: dict[str, Any] = {
        "messages": len(messages),
        "confirmed": is_confirmed,
        "dead": [
            (message.id, _dead_body(job, message, detail, now, system))
            for message, detail in rejected
        ],
        "merged": sum(message.merged for message, _ in rejected),
        "contacts": sorted(_with_aliases(valid, result.aliases)) if is_confirmed else [],
    }
    if context.account.operation(job.lane.operation).results:
        rows = _rows(job, details, findings.unconfirmed)
        change["results"] = results.of_rows(rows, context.results_length)
    keys = [
        store.keys.jobs,
        store.keys.jobs_body,
        store.keys.dead,
        store.keys.dead_body,
        store.keys.state(job.lane),
        store.keys.parked,
        store.keys.parked_by_contact(job.lane.account),
        store.keys.journal,
        store.keys.jobs_dispatched,
        store.keys.jobs_asked,
    ]
    text = json.dumps(change, ensure_ascii=False)
    if END(store, keys, [job.name, str(job.lane), text, job.fingerprint]) == CHANGED:
        return confirm(job.name, context)  # messages of it were erased meanwhile
    if rejected:
        _tell(store, "invalid", job, len(rejected), rejected[-1][1])
    left, dead = len(messages) - len(rejected), f"{len(rejected):,} dead"
    if findings.unconfirmed is None:
        return Asked(f"{left:,} confirmed, {dead}")
    _tell(store, "unconfirmed", job, left, findings.unconfirmed)
    why = f"{left:,} unconfirmed: {findings.unconfirmed}"
    return Asked(f"{why}, {dead}" if rejected else why, unconfirmed=True)


def _rows(
    job: Job, details: Iterable[tuple[JobMessage, str | None]], unconfirmed: str | None
) -> Iterator[results.Row]:
    """What the application is told: why a contact is invalid; else why none is confirmed."""
    outcome: Outcome = "delivered" if unconfirmed is None else "unconfirmed"
    for message, detail in details:
        operation = operation_of(job.lane.operation, message.options)
        if detail is None:
            contact = message.contact
            yield results.row(message.id, operation, outcome, contact, detail=unconfirmed or "")
        else:
            yield results.row(message.id, operation, "dead", message.contact, "invalid", detail)


def _cleaned(ended: JobEnded, job: Job, secrets: Sequence[str]) -> JobEnded:
    """The result with the API's texts fit to be shown; aliases that are no text are left out.

    The reasons of single contacts are cleaned beside their messages (`job_results.py`).
    """
    aliases = {
        one: other
        for one, other in ended.aliases.items()
        if api_text.is_well_formed(one, secrets) and api_text.is_well_formed(other, secrets)
    }
    if ended.failed is None and ended.unconfirmed is None:
        return replace(ended, aliases=aliases)
    values = api_text.values_of(job.messages.payloads)
    failed, unconfirmed = (
        None if text is None else api_text.cleaned_text(text, values, secrets)
        for text in (ended.failed, ended.unconfirmed)
    )
    return replace(ended, aliases=aliases, failed=failed, unconfirmed=unconfirmed)


def _with_aliases(contacts: Collection[str], aliases: Mapping[str, str]) -> set[str]:
    """The contact keys, and the other identifiers of their contacts."""
    keys = set(contacts)
    for identifier, alias in aliases.items():
        if identifier in contacts or alias in contacts:
            keys |= {identifier, alias}
    return keys


def _dead_body(job: Job, message: JobMessage, detail: str, now: int, system: str) -> str:
    meta = Meta.from_json(message.meta.encode()) if message.meta else Meta(message.id)
    meta = meta.with_event(now, detail)
    parts = (message.contact, message.options, message.payload)
    return letter_body(str(job.lane), *parts, meta.to_json(), "invalid", detail, system)
