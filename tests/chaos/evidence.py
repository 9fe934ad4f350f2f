"""Collecting the evidence: ledger and contacts from the sandbox, dead letters and totals from
Redis; and keeping it where it can be looked at."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batchline.sandbox.control_client import Control
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.inspection.status import Status
from tests.chaos.oracle import SHARED, Obligation, sibling_name
from tests.chaos.policies import ACCOUNTS
from tests.chaos.promises import Letter, Name, Sighting, Violation, enqueued_as
from tests.chaos.verdict import Evidence, Verdict
from tests.chaos.world import World


def collect(world: World, obligations: Sequence[Obligation]) -> Evidence:
    """Everything that the verdict needs, once all is at rest."""
    now = world.status()
    assert now is not None, "Redis does not answer after the faults"
    control = world.sandbox.control
    siblings = _siblings(obligations)
    return Evidence(
        obligations,
        [*sightings(control, siblings), *_added(control, siblings)],
        [_letter(found) for found in dead_letters.find(world.store)],
        _contacts(control, obligations),
        _totals(now),
        waiting(now),
        {lane.resume: lane.paused for lane in now.lanes if lane.resume and lane.paused},
    )


def arrived(world: World, obligations: Sequence[Obligation]) -> set[Name]:
    """What the API has applied by now, and what has become a dead letter."""
    control, siblings = world.sandbox.control, _siblings(obligations)
    seen = [*sightings(control, siblings), *_added(control, siblings)]
    letters = [_letter(found) for found in dead_letters.find(world.store)]
    return {
        *((o.account, enqueued_as(o.operation), o.id) for o in seen if o.outcome == "applied"),
        *((letter.account, letter.operation, letter.id) for letter in letters),
    }


#: Account and shared externalId -> the events that share it.
Siblings = Mapping[tuple[str, str], Sequence[Obligation]]


def _siblings(obligations: Iterable[Obligation]) -> Siblings:
    found: dict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for one in obligations:
        if one.operation == "event.add" and one.id.startswith(SHARED):
            found[one.account, one.id.partition("|")[0]].append(one)
    return found


def _added(control: Control, siblings: Siblings) -> Iterator[Sighting]:
    """The events that share an externalId, as their contacts have them."""
    for account, email in sorted(
        {(o.account, o.contact) for some in siblings.values() for o in some}
    ):
        state = control.contact(email, f"chaos-{account}") or {"events": []}
        for event in state["events"]:
            shared = event.get("externalId", "")
            if (account, shared) in siblings:
                name = sibling_name(shared, event["contactExtEventType"])
                yield Sighting(account, "event.add", name, "applied", request="its contact has it")


def sightings(control: Control, siblings: Siblings) -> Iterator[Sighting]:
    """The ledger of every account.

    It knows an event by its externalId. What became of one of several that share it may have become
    of each; which of them were added is for their contact to say.
    """
    rows = {account: control.ledger(client_id=f"chaos-{account}") for account in ACCOUNTS}
    requests = {request["number"]: request for request in control.requests()}
    for account in ACCOUNTS:
        for row in rows[account]:
            request = requests[row["request"]]
            alone = request["items"] == 1
            operation, outcome = row["operation"], row["outcome"]
            shared = siblings.get((account, row["id"]), ()) if operation == "event.add" else ()
            if shared and outcome == "applied":
                continue
            for name in [one.id for one in shared] or [row["id"]]:
                yield Sighting(account, operation, name, outcome, alone, _said(request))


def _said(request: dict[str, Any]) -> str:
    """A request in one line, its time in UTC."""
    at = datetime.fromtimestamp(request["started"], UTC).strftime("%H:%M:%S.%f")[:-3]
    faults = ", ".join(request["faults"]) or "no fault"
    return (
        f"{at} request {request['number']}: {request['path']}, {request['items']} items, "
        f"status {request['status']}, {faults}"
    )


def explained(violations: Iterable[Violation], seen: Iterable[Sighting]) -> Iterator[str]:
    """The violations, and under each what the sandbox saw of its message."""
    ordered = sorted(violations, key=str)
    courses: dict[Name, list[str]] = {one.about: [] for one in ordered if one.about}
    for sighting in seen:
        name = (sighting.account, enqueued_as(sighting.operation), sighting.id)
        if name in courses:
            courses[name].append(f"    {sighting.outcome:<8} {sighting.request}")
    for violation in ordered:
        yield str(violation)
        if violation.about:
            yield from courses[violation.about]


def pending(control: Control) -> int:
    """Items that the sandbox has accepted and not carried out yet."""
    return sum(tally["pending"] for tally in control.summary().values())


def _totals(now: Status) -> dict[str, int]:
    upserts = [lane for lane in now.lanes if lane.operation == "contact.upsert"]
    return {
        **now.totals,
        "delivered upserts": sum(lane.delivered for lane in upserts),
        "confirmed": sum(lane.confirmed for lane in upserts),
        "unconfirmed": sum(lane.unconfirmed for lane in upserts),
    }


def waiting(now: Status) -> list[str]:
    """The lanes that hold messages, and why as far as it is known."""
    return [
        f"{lane.lane}: {lane.backlog} waiting, {lane.parked} parked, {lane.confirming} confirming, "
        f"due in {lane.due_seconds} s, {lane.attempts} failures in a row, "
        f"last {lane.last_error!r}, paused: {lane.paused}"
        for lane in now.lanes
        if lane.backlog or lane.parked or lane.confirming
    ]


def _letter(found: DeadLetter) -> Letter:
    payload = json.loads(found.payload)
    operation, counter = found.lane.operation, 0
    if operation == "contact.upsert":
        name, counter = payload["contact"]["email"], int(payload["properties"]["n"])
    elif operation == "event.add":
        event = payload["contactEvent"]
        name = event["externalId"]
        if name.startswith(SHARED):
            name = sibling_name(name, event["contactExtEventType"])
    elif operation == "coupon.redeem":
        name = payload["coupon"]
    else:
        content = payload.get("pushId") or payload["title"]["text"]
        name = f"{content}:{payload['email']}"
    return Letter(found.lane.account, operation, name, found.reason, found.id, counter)


def _contacts(
    control: Control, obligations: Iterable[Obligation]
) -> dict[tuple[str, str], dict[str, str] | None]:
    wanted = {(one.account, one.id) for one in obligations if one.counter}
    found = {}
    for account, email in sorted(wanted):
        state = control.contact(email, f"chaos-{account}")
        found[account, email] = state["properties"] if state else None
    return found


def keep(world: World, found: Evidence, verdict: Verdict) -> None:
    """Write everything that explains a violation into the run's folder."""
    control, folder = world.sandbox.control, world.folder
    lines = explained(verdict.violations, found.sightings)
    (folder / "violations.txt").write_text("".join(f"{line}\n" for line in lines))
    _lines(folder / "obligations.jsonl", (asdict(one) for one in found.obligations))
    _lines(folder / "requests.jsonl", control.requests())
    for account in ACCOUNTS:
        _lines(folder / f"ledger-{account}.jsonl", control.ledger(client_id=f"chaos-{account}"))
    letters = (asdict(letter) for letter in dead_letters.find(world.store))
    _lines(folder / "dead.jsonl", letters)
    journal: Any = world.store.client.xrange(world.store.keys.journal)
    decoded = (
        {"at": at.decode(), **{name.decode(): text.decode() for name, text in line.items()}}
        for at, line in journal
    )
    _lines(folder / "journal.jsonl", decoded)


def _lines(path: Path, rows: Iterable[object]) -> None:
    with path.open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
