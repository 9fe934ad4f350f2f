"""A trace in words, for commands and pages."""

from __future__ import annotations

from datetime import datetime

from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.inspection.locate import MOST_COUNTED, Location
from batchline.worker.inspection.status_table import ago
from batchline.worker.inspection.trace import Step, Trace
from batchline.worker.store.journal import Reach

#: A step -> its name for people.
STEPS = {
    "accepted": "accepted",
    "noted": "noted",
    "released": "came back to its lane",
    "replayed": "replayed by command",
    "purged": "purged by command",
    "erased": "erased",
    "edited": "edited by command",
    "imported": "imported by command",
}
#: An outcome -> its name for people.
OUTCOMES = {
    "delivered": "delivered",
    "parked": "parked",
    "dead": "given up on",
    "erased": "erased",
    "kept": "stayed in its lane",
}
NOT_INDEXED = "Delivered messages are not found by contact: trace one by its id."


def step_text(step: Step) -> str:
    """What happened, in words."""
    if step.what == "noted":
        return step.detail
    if step.what != "sent":
        return " ".join((STEPS.get(step.what, step.what), step.detail)).strip()
    if step.outcome is None:
        return f"sent; {step.detail} (the journal does not say which)"
    return f"sent, {OUTCOMES[step.outcome]}; {step.detail}"


def state_text(way: Trace, now: int) -> str:
    """Where it is now, and what happens next; `now` in UNIX ms."""
    if way.state == "delivered":
        return f"delivered{_at(way.since)}"
    if way.state == "purged":
        return f"purged{_at(way.since)}"
    if way.state == "erased":
        return f"erased{_at(way.since)}"
    if way.state == "unknown":
        return _unknown(way)
    return next_for(way.location, now)


def next_for(location: Location, now: int) -> str:
    """Where a message is and what happens to it next, in a sentence; `now` in UNIX ms."""
    if location.state == "waiting":
        before = (
            f"more than {MOST_COUNTED:,}" if location.before is None else f"{location.before:,}"
        )
        due = "" if location.at is None else f", due {_when(location.at, now)}"
        detail = f"; {location.detail}" if location.detail else ""
        return f"waits in {location.lane} with {before} before it{due}{detail}"
    if location.state == "parked":
        why = f", {location.detail}" if location.detail else ""
        waits = location.reason in ("contact_missing", "ambiguous")
        earlier = ", or once its contact is confirmed" if waits else ""
        when = f"{_when(location.at, now)}{earlier}"
        return f"parked ({location.reason}{why}); goes back to {location.lane} {when}"
    if location.state == "confirming":
        return f"delivered, and its job's result is asked for {_when(location.at, now)}"
    detail = f" ({location.detail})" if location.detail else ""
    help_ = REASONS.get(location.reason, "")
    return f"a dead letter{_at(location.at)}, {location.reason}{detail}. {help_}"


def _unknown(way: Trace) -> str:
    if len(way.steps) > 1:
        return "no longer here, and the journal does not tell how it ended"
    reach = way.reach
    if reach.since is None or reach.since > way.accepted_at:
        return (
            "not known: it does not wait, is not parked and no dead letter. The journal does not "
            "reach back to when it was accepted, so it may have been delivered or purged before."
        )
    return (
        "not known: it does not wait, is not parked and no dead letter, and no batch of the "
        "journal, which reaches back further, has held it. Is the id right, and this the Redis?"
    )


def moment(millis: int) -> str:
    """UNIX ms as local time, with its distance from UTC."""
    at = datetime.fromtimestamp(millis / 1000).astimezone()
    return at.isoformat(" ", "milliseconds")


def _at(millis: int | None) -> str:
    return "" if millis is None else f" since {moment(millis)}"


def _when(millis: int | None, now: int) -> str:
    if millis is None:
        return "when a worker looks"
    seconds = (millis - now) / 1000
    return "now" if seconds <= 0 else f"in {ago(seconds)}"


def reach_text(reach: Reach) -> str:
    """How far back the journal goes."""
    bounds = "bounded by journal_age and journal_length"
    if reach.since is None:
        return f"The journal is empty ({bounds})."
    return f"The journal reaches back to {moment(reach.since)}: {reach.lines:,} lines, {bounds}."
