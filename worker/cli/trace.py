"""`batchline trace`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime

import click

from batchline.producers.lanes import enqueued_at
from batchline.producers.outgoing import LONGEST_KEY
from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters.filter import stored_contact
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.inspection import keys, locate
from batchline.worker.inspection.locate import MOST_COUNTED, Location
from batchline.worker.inspection.status_table import ago
from batchline.worker.inspection.trace import Step, Trace, trace
from batchline.worker.store import journal, redis_clock
from batchline.worker.store.journal import Reach
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.store import Store

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


@click.command()
@click.argument("message_id", required=False)
@click.option("--contact", help="Instead: the messages about this contact, its e-mail or its id.")
@click.option("--key", help="Instead: the messages that were sent with this idempotency key.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(message_id: str | None, contact: str | None, key: str | None, as_json: bool) -> None:
    """Tell what happened to a message, and what happens to it next.

    It is read from the lanes, what is parked, the open jobs, the dead letters, and the journal.
    The journal has a line per batch and is bounded (journal_age, journal_length): of a message
    that was delivered before, nothing is known. Exit status 1 when nothing is known.
    """
    if sum(one is not None for one in (message_id, contact, key)) != 1:
        raise click.UsageError("give a message's id, --contact or --key")
    settings = Settings.load()
    store = open_store(settings)
    if contact is not None:
        _of_contact(store, stored_contact(contact), as_json)
        return
    if key is not None:
        sys.exit(_of_key(store, settings, key, as_json))
    try:
        way = trace(store, message_id or "")
    except ValueError as error:
        raise click.UsageError(f"{message_id} is {error}") from None
    if as_json:
        click.echo(json.dumps(as_dict(way), indent=2, ensure_ascii=False))
    else:
        _print(way, redis_clock.now(store))
    sys.exit(1 if way.state == "unknown" else 0)


def _of_key(store: Store, settings: Settings, key: str, as_json: bool) -> int:
    """Trace the messages of an idempotency key; the exit status."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise click.UsageError(f"--key must be a text of 1 to {LONGEST_KEY} characters")
    found = keys.find(store, settings, key)
    window = f"{settings.idempotency_window:,} s (idempotency_window)"
    if as_json:
        rows = [{**asdict(one), "trace": as_dict(trace(store, one.message_id))} for one in found]
        click.echo(json.dumps({"messages": rows}, indent=2, ensure_ascii=False))
    elif not found:
        click.echo(
            "No message is known by this key: none was sent with it, or longer than "
            f"{window} ago, or to another Redis (`batchline config`: redis_url, key_prefix)."
        )
    else:
        for one in found:
            _print(trace(store, one.message_id), redis_clock.now(store))
            if not one.stands:
                click.echo(
                    f"The key does not stand for it any more, it is older than {window}: another "
                    "send with the key is enqueued."
                )
    return 0 if any(one.stands for one in found) else 1


def as_dict(way: Trace) -> dict[str, object]:
    """A trace as JSON shows it; times are UNIX ms."""
    return {
        "id": way.id,
        "accepted_at": way.accepted_at,
        "state": way.state,
        "since": way.since,
        "steps": [asdict(step) for step in way.steps],
        "location": _location_dict(way.location),
        "api_id": way.api_id,
        "journal": asdict(way.reach),
    }


def _location_dict(location: Location) -> dict[str, object]:
    shown = asdict(location)
    for inner in ("history", "is_new"):
        del shown[inner]
    return shown


def _print(way: Trace, now: int) -> None:
    click.echo(way.id)
    for step in way.steps:
        click.echo(f"  {moment(step.at)}  {_step(step)}")
    click.echo(f"now: {_state(way, now)}")
    if way.api_id is not None:
        click.echo(f"the API's own id: {way.api_id}")
    click.echo(_reach(way.reach))


def _step(step: Step) -> str:
    if step.what == "noted":
        return step.detail
    if step.what != "sent":
        return " ".join((STEPS.get(step.what, step.what), step.detail)).strip()
    if step.outcome is None:
        return f"sent; {step.detail} (the journal does not say which)"
    return f"sent, {OUTCOMES[step.outcome]}; {step.detail}"


def _state(way: Trace, now: int) -> str:
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


def _of_contact(store: Store, contact: str, as_json: bool) -> None:
    locations = locate.of_contact(store, contact)
    ids = sorted(locations, key=in_order)
    if as_json:
        rows = [{"id": id_, **_location_dict(locations[id_])} for id_ in ids]
        click.echo(json.dumps({"messages": rows, "journal": asdict(journal.reach(store))}))
        return
    for id_ in ids:
        click.echo(id_)
        click.echo(f"  {moment(enqueued_at(id_))}  accepted")
        click.echo(f"  now: {next_for(locations[id_], redis_clock.now(store))}")
    if not ids:
        click.echo("No message about this contact waits, is parked, or is a dead letter.")
    click.echo(NOT_INDEXED)


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


def _reach(reach: Reach) -> str:
    bounds = "bounded by journal_age and journal_length"
    if reach.since is None:
        return f"The journal is empty ({bounds})."
    return f"The journal reaches back to {moment(reach.since)}: {reach.lines:,} lines, {bounds}."
