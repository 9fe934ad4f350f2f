"""Long jobs: what an API accepted is asked about until its result says what became of it.

An open job keeps its messages, compressed, in Redis: those that the result names as invalid become
dead letters, and events that were parked for the others go on at once. A job that does not end in
time is reported as unconfirmed; its messages stay delivered, for the API has accepted them.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from batchline.producers import lanes
from batchline.producers.lanes import Lane
from batchline.systems.account import Jobs
from batchline.systems.contract import HasJobs, System
from batchline.systems.requests import HttpCall
from batchline.systems.verdicts import JobEnded
from batchline.worker.delivery import rate_limits as limits
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.store.parking import Meta
from batchline.worker.store.scripts import Script

DISPATCH = Script("dispatch_jobs")
END = Script("end_job", on_full_server=True)
#: Jobs dispatched in one call, and seconds until one is dispatched again.
MOST_JOBS = 50
GRACE = 60.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of an open job."""

    id: str
    contact: str
    options: str
    payload: str
    #: What it has been through (`batchline.worker.store.parking.Meta`), or "".
    meta: str
    #: Whether it travelled inside another message's item.
    merged: bool


@dataclass(frozen=True, slots=True)
class Job:
    """An open job."""

    name: str
    lane: Lane
    #: The API's own id.
    remote: str
    #: UNIX ms at which the API accepted it.
    accepted_at: int
    letters: Sequence[Letter]

    @classmethod
    def from_json(cls, name: str, text: bytes) -> Job:
        body = json.loads(text)
        letters = json.loads(zlib.decompress(base64.b64decode(body["letters"])))
        return cls(
            name,
            Lane.parse(body["lane"]),
            body["remote"],
            body["accepted_at"],
            [Letter(*letter) for letter in letters],
        )


def body(lane: Lane, remote: str, accepted_at: int, letters: Sequence[Letter]) -> str:
    """A job as Redis keeps it (`Job.from_json` reads it)."""
    rows = [[x.id, x.contact, x.options, x.payload, x.meta, x.merged] for x in letters]
    packed = zlib.compress(json.dumps(rows, ensure_ascii=False).encode())
    return json.dumps(
        {
            "lane": str(lane),
            "remote": remote,
            "accepted_at": accepted_at,
            "letters": base64.b64encode(packed).decode(),
        }
    )


def dispatch(client: redis.Redis) -> list[str]:
    """The names of the jobs to ask about now."""
    names = DISPATCH(client, [lanes.JOBS], [MOST_JOBS, round(GRACE * 1000)])
    return [name.decode() for name in names]


def open_contacts(client: redis.Redis, lane: Lane) -> set[str]:
    """The contacts whose upserts are in open jobs of the lane."""
    names: Any = client.zrange(lanes.JOBS, 0, -1)
    own = [name for name in names if name.startswith(f"{lane}@".encode())]
    bodies: Any = client.hmget(lanes.JOBS_BODY, own) if own else []
    found = [Job.from_json("", body) for body in bodies if body is not None]
    return {letter.contact for job in found for letter in job.letters}


def confirm(name: str, context: AccountContext) -> str:
    """Ask about a job once; what came of it, for Flower."""
    stored: Any = context.redis.hget(lanes.JOBS_BODY, name)
    if stored is None:
        return "ended before"
    job = Job.from_json(name, stored)
    result = _ask(job, context)
    if isinstance(result, JobEnded):
        dead = _end(context, job, result)
        return f"{len(job.letters) - dead:,} confirmed, {dead:,} dead"
    jobs: Jobs = context.account.jobs
    if time.time() > job.accepted_at / 1000 + jobs.until:
        _end(context, job, None)
        return f"{len(job.letters):,} unconfirmed: {result}"
    context.redis.zadd(lanes.JOBS, {name: round((time.time() + jobs.poll) * 1000)}, xx=True)
    return f"not yet: {result}"


def _ask(job: Job, context: AccountContext) -> JobEnded | str:
    """The job's result, or why there is none yet."""
    account, system = context.account, context.system
    if not isinstance(system, HasJobs):
        return f"{account.system} has no jobs"
    seconds = account.timeout.connect + account.timeout.read
    grant = limits.take(context.redis, job.lane.account, account, 1, seconds)
    if not grant.requests:
        return "waits for the rate limit"
    try:
        now = time.time()
        answer = context.http.send(system.job_status(job.remote, account, now))
        found = system.job_progress(answer)
        if isinstance(found, HttpCall):
            found = system.job_result(context.http.send(found))
            return found or "the result's file cannot be read"
        return found or "the job has not ended"
    except NoAnswer as error:
        return str(error)
    finally:
        limits.give_back(context.redis, job.lane.account, account, grant, ())


def _end(context: AccountContext, job: Job, ended: JobEnded | None) -> int:
    """End the job in Redis, without a result if there is none; how many of its messages died."""
    now = round(time.time() * 1000)
    result = ended or JobEnded()
    dead = {letter.id: _detail(letter, result, context.system) for letter in job.letters}
    rejected = [letter for letter in job.letters if dead[letter.id] is not None]
    confirmed = {x.contact for x in job.letters if dead[x.id] is None} if ended else set()
    change = {
        "messages": len(job.letters),
        "confirmed": ended is not None,
        "dead": [(x.id, now, _dead_body(job, x, dead[x.id] or "", now)) for x in rejected],
        "merged": sum(letter.merged for letter in rejected),
        "contacts": sorted(_with_aliases(confirmed, result.aliases)),
    }
    keys = [
        lanes.JOBS,
        lanes.JOBS_BODY,
        lanes.DEAD,
        lanes.DEAD_BODY,
        job.lane.state,
        lanes.PARKED,
        lanes.parked_by_contact(job.lane.account),
        lanes.JOURNAL,
    ]
    END(context.redis, keys, [job.name, str(job.lane), json.dumps(change, ensure_ascii=False)])
    return len(rejected)


def _detail(letter: Letter, result: JobEnded, system: System[Any]) -> str | None:
    """Why the result calls the message's contact invalid; None when it does not."""
    if result.failed is not None or not result.invalid:
        return result.failed
    identifiers = system.identifiers(letter.payload.encode()) if isinstance(system, HasJobs) else ()
    for name in (letter.contact.lower(), *identifiers):
        if name in result.invalid:
            return result.invalid[name]
    return None


def _with_aliases(contacts: Collection[str], aliases: Mapping[str, str]) -> set[str]:
    """The contact keys, and the other identifiers of the same contacts."""
    found = set(contacts)
    for one, other in aliases.items():
        if one in contacts or other in contacts:
            found |= {one, other}
    return found


def _dead_body(job: Job, letter: Letter, detail: str, now: int) -> str:
    before = Meta.from_json(letter.meta.encode()) if letter.meta else Meta(letter.id)
    meta = before.with_event(now, detail)
    return json.dumps(
        {
            "lane": str(job.lane),
            "contact": letter.contact,
            "options": letter.options,
            "payload": letter.payload,
            "meta": meta.to_json(),
            "reason": "invalid",
            "detail": detail,
        },
        ensure_ascii=False,
    )
