"""`batchline trace`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from batchline.producers.lanes import enqueued_at
from batchline.producers.outgoing import LONGEST_KEY
from batchline.producers.settings import Settings
from batchline.worker.cli import complete, exit_codes
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters.filter import stored_contact
from batchline.worker.inspection import keys, locate
from batchline.worker.inspection.locate import Location
from batchline.worker.inspection.trace import Trace, trace
from batchline.worker.inspection.trace_words import (
    NOT_INDEXED,
    moment,
    next_for,
    reach_text,
    state_text,
    step_text,
)
from batchline.worker.store import journal, redis_clock
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.store import Store


@click.command()
@click.argument("message_id", required=False, type=complete.MESSAGE)
@click.option("--contact", help="Instead: the messages about this contact, its e-mail or its id.")
@click.option("--key", help="Instead: the messages that were sent with this idempotency key.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
def command(message_id: str | None, contact: str | None, key: str | None, as_json: bool) -> None:
    """Tell what happened to a message, and what happens to it next.

    It is read from the lanes, what is parked, the open jobs, the dead letters, and the journal.
    The journal has a line per batch and is bounded (journal_age, journal_length): of a message
    that was delivered before, nothing is known. Exit code 4 when nothing is known.
    """
    if sum(one is not None for one in (message_id, contact, key)) != 1:
        raise click.UsageError("give a message's id, --contact or --key")
    settings = Settings.load()
    store = open_store(settings)
    if contact is not None:
        sys.exit(_of_contact(store, stored_contact(contact), as_json))
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
    sys.exit(exit_codes.NOTHING_MATCHED if way.state == "unknown" else exit_codes.OK)


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
    return exit_codes.OK if any(one.stands for one in found) else exit_codes.NOTHING_MATCHED


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
        click.echo(f"  {moment(step.at)}  {step_text(step)}")
    click.echo(f"now: {state_text(way, now)}")
    if way.api_id is not None:
        click.echo(f"the API's own id: {way.api_id}")
    click.echo(reach_text(way.reach))


def _of_contact(store: Store, contact: str, as_json: bool) -> int:
    """Show where the messages about a contact are; the exit code."""
    locations = locate.of_contact(store, contact)
    ids = sorted(locations, key=in_order)
    code = exit_codes.OK if ids else exit_codes.NOTHING_MATCHED
    if as_json:
        rows = [{"id": id_, **_location_dict(locations[id_])} for id_ in ids]
        click.echo(json.dumps({"messages": rows, "journal": asdict(journal.reach(store))}))
        return code
    for id_ in ids:
        click.echo(id_)
        click.echo(f"  {moment(enqueued_at(id_))}  accepted")
        click.echo(f"  now: {next_for(locations[id_], redis_clock.now(store))}")
    if not ids:
        click.echo("No message about this contact waits, is parked, or is a dead letter.")
    click.echo(NOT_INDEXED)
    return code
