"""`batchline why`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.output import JSON_LINES, json_lines
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.inspection import surroundings, why
from batchline.worker.inspection.why import Answers
from batchline.worker.store import lane_states
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.store import Store

#: Lanes that are named for one answer.
MOST_NAMED = 5


@click.command()
@click.argument("scope", required=False, default="", type=complete.SCOPE)
@JSON_LINES
def command(scope: str, as_json: bool) -> None:
    """Tell why nothing moves, and what to do.

    SCOPE is such as default, default:event.add or default:event.add:0; without it: every lane.
    """
    settings = Settings.load()
    store = open_store(settings)
    lanes = _lanes(store, scope)
    around = surroundings.read(store, settings, lanes)
    answers = why.of_lanes(lanes, around)
    if as_json:
        json_lines(map(asdict, answers))
        return
    if not answers:
        click.echo("No lane yet: nothing has been enqueued here.", err=True)
    for line in lines(answers):
        click.echo(line)


def lines(answers: Iterable[Answers]) -> Iterator[str]:
    """The answers for people, each with what to do."""
    for one in answers:
        yield f"{_names(one)}: {one.answer.text}"
        if one.answer.do:
            yield f"  Do: {one.answer.do}"


def _lanes(store: Store, scope: str) -> list[LaneState]:
    if not scope:
        return lane_states.read(store)
    names = lane_states.names_of(store, scope)
    if not names:
        lanes = (one.lane for one in lane_states.read(store))
        known = sorted({f"{lane.account}:{lane.operation}" for lane in lanes})
        listed = ", ".join(known[:20]) or "none"
        raise NothingMatches(f"{scope}: no lane of that name holds messages (known: {listed})")
    return lane_states.read(store, names)


def _names(one: Answers) -> str:
    named = ", ".join(one.lanes[:MOST_NAMED])
    more = len(one.lanes) - MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named
