"""The messages of a contact, wherever they stand: found, counted, and erased page by page."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from batchline.producers.entry import field_name
from batchline.producers.lanes import Lane
from batchline.producers.settings import Settings
from batchline.systems.message import operation_of
from batchline.systems.registry import systems
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.open_job import UNREADABLE_JOB, Job
from batchline.worker.erasure.whom import Found, Whom
from batchline.worker.store import lanes
from batchline.worker.store.batch import Entry, entries
from batchline.worker.store.message_ids import stream_order
from batchline.worker.store.parking import Meta
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

ERASE_LANE = Script("erase_lane")
ERASE_OUTSIDE = Script("erase_outside")
ERASE_JOB = Script("erase_job")
#: Messages that one call erases: it holds Redis for some ms.
PAGE = 200
#: Bodies read in one call.
READ = 100
#: Seconds between two tries where a worker is sending.
PAUSE = 0.02
#: Milliseconds after which no request of an account that is not in the settings is under way.
QUIET = 60_000


class Stopped(Exception):
    """The act is to end, or another one has it: what is left is done by whoever goes on."""


@dataclass
class Work:
    """What an erasure does, or only counts."""

    store: Store
    settings: Settings
    whom: Whom
    #: The key of the act that counts what is erased; "": nothing is erased.
    act: str = ""
    #: Waits so many seconds; raises `Stopped`.
    wait: Callable[[float], None] = lambda seconds: None
    #: Place -> how many this pass has found.
    found: Counter[str] = field(default_factory=Counter)
    #: Ids of messages that stay, for they only take something of the contact away.
    kept: set[str] = field(default_factory=set)

    def system_of(self, lane: Lane) -> str:
        """The system of the lane's messages; "" if that is not known."""
        account = self.settings.accounts.get(lane.account)
        return account.system if account is not None else ""

    def known_for(self) -> int:
        """Milliseconds for which an idempotency key is known."""
        return self.settings.idempotency_window * 1000

    def note(self, place: str, found: Found) -> None:
        """Count a message that is found there."""
        name = {"mention": "mentions", "withdraws": "withdrawals"}.get(found.fate, place)
        self.found[name] += 1


def lanes_of(work: Work) -> None:
    """What waits in the lanes."""
    for lane in lanes.known(work.store):
        if not work.whom.takes(lane.account):
            continue
        hits = _in_lane(work, lane)
        while page := list(islice(hits, PAGE)):
            if work.act:
                _erase_in_lane(work, lane, page)


def _in_lane(work: Work, lane: Lane) -> Iterator[tuple[Entry, Found]]:
    system = work.system_of(lane)
    for number, one in enumerate(_entries(work.store, lane)):
        if number % 1000 == 0:
            work.wait(0)
        texts = [detail for _, detail in one.meta.history] if one.meta else []
        asked = one.meta.asked if one.meta else ""
        found = work.whom.look(
            system, lane.operation, one.contact, one.options, one.payload, asked, *texts
        )
        if found.fate == "none":
            continue
        work.note("waiting", found)
        if found.fate == "withdraws":
            work.kept.add(one.id(lane))
        else:
            yield one, found


def _entries(store: Store, lane: Lane) -> Iterator[Entry]:
    """The entries of a lane; of one that cannot be read, all that it holds is its payload."""
    after = "-"
    while True:
        page: Any = store.client.xrange(store.keys.stream(lane), after, "+", READ)
        for stream_id, fields in page:
            try:
                yield entries([(stream_id, fields)])[0]
            except Exception:
                text = repr(fields).encode()
                yield Entry(stream_id.decode(), "", "", text, None)
        if len(page) < READ:
            return
        after = f"({page[-1][0].decode()}"


def _erase_in_lane(work: Work, lane: Lane, page: Sequence[tuple[Entry, Found]]) -> None:
    store, keys = work.store, work.store.keys
    account = work.settings.accounts.get(lane.account)
    quiet, told = QUIET, ""
    if account is not None:
        timeout = account.timeout
        quiet = round((timeout.connect + timeout.read + account.verify_after) * 1000)
        has_results = account.operation(lane.operation).results
        told = str(work.settings.results_length) if has_results else ""
    names = [
        keys.stream(lane),
        keys.state(lane),
        keys.due,
        keys.parked_by_contact(lane.account),
        keys.parked_blocking(lane.account),
        keys.journal,
        work.act,
    ]
    while True:
        read: Any = store.client.hget(keys.state(lane), "sending")
        mark = read.decode() if read else ""
        arguments: list[Argument] = [
            str(lane),
            quiet,
            work.known_for(),
            told,
            mark,
            "erased:waiting",
        ]
        for one, found in page:
            message_id = one.id(lane)
            arguments += [one.stream_id, message_id, operation_of(lane.operation, one.options)]
            arguments.append(json.dumps(_members(work, lane, one.contact, message_id, one.payload)))
            arguments += _in_its_place(lane, one, found, mark)
        answer = ERASE_LANE(store, names, arguments)
        if answer[0] == b"done":
            return
        work.wait(PAUSE if answer[0] == b"busy" else 0)


def _in_its_place(lane: Lane, one: Entry, found: Found, mark: str) -> list[Argument]:
    """Field, payload and meta of the entry that goes on for the others; three times "": none.

    One that may have been sent stays uncertain.
    """
    if found.fate != "part":
        return ["", "", ""]
    meta = one.meta or Meta(one.id(lane))
    order = stream_order(one.stream_id)
    is_marked = any(
        stream_order(first) <= order <= stream_order(last)
        for first, last, *_ in json.loads(mark or "[]")
    )
    if is_marked or meta.asked:
        meta = replace(meta, asked=found.payload.decode())
    return [field_name(one.contact, one.options), found.payload, meta.to_json()]


def outside(work: Work, counter: str) -> None:
    """What is parked, or dead."""
    keys = work.store.keys
    bodies = keys.parked_body if counter == "parked" else keys.dead_body
    rows = _outside(work, counter, bodies)
    while page := list(islice(rows, PAGE)):
        if work.act:
            members = keys.parked if counter == "parked" else keys.dead
            told = dead_letters.told_of(work.settings)
            arguments: list[Argument] = [counter, work.known_for(), told, f"erased:{counter}"]
            for row in page:
                arguments += row
            names = [members, bodies, keys.journal, work.act]
            ERASE_OUTSIDE(work.store, names, arguments)


def _outside(work: Work, counter: str, bodies: str) -> Iterator[list[Argument]]:
    for number, (id_, text) in enumerate(work.store.client.hscan_iter(bodies, count=READ)):
        if number % 1000 == 0:
            work.wait(0)
        message_id = id_.decode(errors="replace")
        try:
            body = json.loads(text)
            lane = Lane.parse(body["lane"])
            contact, options = _text(body["contact"]), _text(body["options"])
            payload = _text(body["payload"]).encode()
            texts = (_text(body.get("meta", "")), _text(body.get("detail", "")))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            if work.whom.in_text(text):
                work.found["unreadable"] += 1
            continue
        if not work.whom.takes(lane.account):
            continue
        system = body.get("system") or work.system_of(lane)
        found = work.whom.look(system, lane.operation, contact, options, payload, *texts)
        if found.fate == "withdraws" and counter == "dead":
            found = Found("about")  # nobody sends it any more
        if found.fate == "none":
            continue
        work.note(counter, found)
        if found.fate == "withdraws":
            work.kept.add(message_id)
            continue
        changed = ""
        if found.fate == "part":
            body["payload"] = found.payload.decode()
            changed = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        operation = operation_of(lane.operation, options)
        sets = json.dumps(_members(work, lane, contact, message_id, payload))
        yield [message_id, operation, fingerprint(text), sets, changed]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def jobs(work: Work) -> None:
    """What an API has accepted as a job, and nobody knows the result of yet."""
    keys = work.store.keys
    for name, text in work.store.client.hscan_iter(keys.jobs_body, count=10):
        work.wait(0)
        try:
            job = Job.read(name.decode(), text)
        except UNREADABLE_JOB:
            if work.whom.in_text(text):
                work.found["unreadable"] += 1
            continue
        if not work.whom.takes(job.lane.account):
            continue
        changed: dict[int, bytes] = {}
        gone: list[int] = []
        for index, one in enumerate(job.messages):
            found = work.whom.look(
                job.system,
                job.lane.operation,
                one.contact,
                one.options,
                one.payload.encode(),
                one.meta,
            )
            if found.fate == "none":
                continue
            work.note("jobs", Found("about") if found.fate == "withdraws" else found)
            if found.fate == "part":
                changed[index] = found.payload
            else:
                gone.append(index)
        if work.act and (gone or changed):
            _erase_in_job(work, job, text, gone, changed)


def _erase_in_job(
    work: Work, job: Job, text: bytes, gone: Sequence[int], changed: dict[int, bytes]
) -> None:
    keys, rest = work.store.keys, job.messages.without(gone, changed)
    body = b""
    if len(rest):
        accepted, erased = job.accepted_at, job.erased + len(gone)
        body = rest.to_body(job.lane, job.remote, accepted, job.system, erased)
    names = [
        *(keys.jobs, keys.jobs_body, keys.state(job.lane), keys.jobs_dispatched),
        *(keys.jobs_asked, keys.journal, work.act),
    ]
    arguments: list[Argument] = [job.name, str(job.lane), fingerprint(text), body]
    arguments += ["erased:jobs", work.known_for(), *(job.messages.ids[index] for index in gone)]
    ERASE_JOB(work.store, names, arguments)


def fingerprint(text: bytes) -> str:
    """The hash by which the scripts know whether a body was changed since it was read."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def _members(work: Work, lane: Lane, contact: str, message_id: str, payload: bytes) -> list[str]:
    """What stands for the message in the sets by contact."""
    found = {contact}
    spec = systems().get(work.system_of(lane))
    record = spec.account.known_operations.get(lane.operation) if spec else None
    if record is not None and record.next_contacts is not None:
        found |= set(record.next_contacts([payload]).values())
    return [f"{one}\t{message_id}" for one in sorted(found)]
