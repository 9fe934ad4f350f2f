"""The overview: are we well, what is wrong and what to do, and how the last hour went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.store import history, lane_states, pause, redis_clock
from batchline.worker.store.history import History
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.store import Store
from batchline.worker.troubles import watch
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import as_dict

#: Milliseconds of a day.
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Overview:
    """What an operator asks first."""

    #: "well"; "waits": nothing is wrong that a person has to mend; "wrong".
    state: str
    #: Are we well? One sentence.
    sentence: str
    #: What lasts, the gravest first: as in `status --json`, each with `do`.
    troubles: Sequence[dict[str, Any]]
    #: Workers that gave a sign of life a moment ago.
    workers: int
    #: Messages that wait; the lane of the oldest, and seconds since that came; parked; in flight.
    backlog: int
    oldest_lane: str
    oldest_seconds: float | None
    parked: int
    in_flight: int
    #: Dead letters there are; and of these, those that died within 24 hours.
    dead: int
    dead_of_a_day: int
    #: Messages that became dead letters within 24 hours, replayed and purged ones too, as far as
    #: samples know; None: they know nothing.
    died_in_a_day: int | None
    #: Means of the last hour, as far as samples know.
    enqueued_per_second: float | None
    delivered_per_second: float | None
    hour: History
    #: Bulk acts that are under way, or wait to be confirmed.
    bulk: Sequence[BulkAct]


def read(store: Store, settings: Settings) -> Overview:
    """The overview now; no message and no dead letter is read."""
    now = redis_clock.now(store)
    survey = lane_states.survey(store)
    shown = watch.shown(store, settings.stall_after, Kept.of(settings), survey)
    found = [as_dict(one, now) for one in shown]
    states = survey.states
    hour, day = history.last_hour(store), history.last_day(store)
    workers = _workers(store, now)
    client: Any = store.client
    oldest = min((one for one in states if one.oldest), key=lambda one: one.oldest, default=None)
    died = [count for count in day.totals.died if count is not None]
    totals = _totals(states)
    state, sentence = verdict(found, totals, workers)
    return Overview(
        state=state,
        sentence=sentence,
        troubles=found,
        workers=workers,
        backlog=totals["backlog"],
        oldest_lane=str(oldest.lane) if oldest else "",
        oldest_seconds=max(0.0, round((now - oldest.oldest) / 1000, 1)) if oldest else None,
        parked=totals["parked"],
        in_flight=totals["in_flight"],
        dead=int(client.zcard(store.keys.dead)),
        dead_of_a_day=int(client.zcount(store.keys.dead, now - DAY, "+inf")),
        died_in_a_day=sum(died) if died else None,
        enqueued_per_second=hour.per_second(hour.totals.enqueued),
        delivered_per_second=hour.per_second(hour.totals.delivered),
        hour=hour,
        bulk=bulk.under_way(store),
    )


def verdict(
    troubles: Sequence[Mapping[str, Any]], totals: Mapping[str, int], workers: int
) -> tuple[str, str]:
    """The state, and the answer to "are we well?" in one sentence. Pure."""
    waiting = totals["backlog"] + totals["parked"]
    waits = f"{waiting:,} {'message waits' if waiting == 1 else 'messages wait'}"
    if not workers:
        if waiting:
            return "wrong", f"No: no worker runs, and {waits}."
        return "waits", "No worker runs, and nothing waits for one."
    errors = [one for one in troubles if one["level"] == "ERROR"]
    if errors:
        return "wrong", f"No: {_of(errors)}; {waits}."
    if troubles:
        return "waits", f"Not quite: {_of(troubles)}; nothing is lost, {waits}."
    if waiting:
        return "well", f"Yes: {waits}, and nothing is wrong."
    return "well", "Yes: everything that was enqueued is settled, and nothing is wrong."


def _of(troubles: Sequence[Mapping[str, Any]]) -> str:
    """The first trouble, and how many more."""
    first = f"{troubles[0]['scope']}: {troubles[0]['words']}"
    more = len(troubles) - 1
    return f"{first} (and {more:,} more)" if more else first


def _totals(states: Sequence[LaneState]) -> dict[str, int]:
    return {
        "backlog": sum(one.backlog for one in states),
        "parked": sum(one["parked"] for one in states),
        "in_flight": sum(one["in_flight"] for one in states),
    }


def _workers(store: Store, now: int) -> int:
    client: Any = store.client
    since = now - round(pause.GONE_AFTER * 1000)
    return int(client.zcount(store.keys.workers, since, "+inf"))
