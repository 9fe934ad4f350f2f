"""The look at what lasts: begins the troubles that nobody else sees, ends those that are over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from batchline.worker.store import lane_states, pause, redis_clock, room
from batchline.worker.store.lane_states import Survey
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store
from batchline.worker.troubles import breakers, letters, lost_times, stalls, unread, unseen
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles.trouble import Trouble
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import span

SET_ASIDE = Script("set_aside")
MEND_TYPES = Script("mend_types")
FENCE = Script("fence")
#: Seconds between two looks, by all workers together.
EVERY = 5.0
#: Seconds after which it counts that no worker was seen: what is due then stands still already.
UNSEEN = 30.0


def look(store: Store, stall_after: float, every: float = EVERY, kept: Kept | None = None) -> bool:
    """Look, unless a worker has looked within `every` seconds; whether this call did.

    `kept`: what the settings say of results; None: there are none.
    """
    if not FENCE(store, [store.keys.looked], [max(1, round(every * 1000))]):
        return False
    survey = lane_states.survey(store)
    _set_aside_malformed_lanes(store, survey)
    if kept is not None:
        unread.tell_lost(store)
    for name, count in lost_times.mend(store).items():
        troubles.begin(store, "times_lost", name, messages=count)
    now, known = redis_clock.now(store), troubles.read(store)
    found = _standing_still(store, survey, kept, stall_after, now)
    for one in _unknown(store, known, found, now):
        troubles.begin(store, one.kind, one.scope, one.detail, one.lane, one.messages)
    lasts = _Lasts(store, survey, found, stall_after, now)
    troubles.end(store, [one for one in known if lasts.is_over(one)])
    return True


def standing(
    store: Store, stall_after: float, kept: Kept | None = None, survey: Survey | None = None
) -> list[Trouble]:
    """The troubles that last now, whether or not a worker runs; the gravest and oldest first.

    `kept`: as for `look`. `survey`: of all lanes, if the caller has made one just now.
    """
    survey = survey or lane_states.survey(store)
    now, known = redis_clock.now(store), troubles.read(store)
    found = _standing_still(store, survey, kept, stall_after, now)
    lasts = _Lasts(store, survey, found, stall_after, now)
    last = [one for one in known if one.told and not lasts.is_over(one)]
    last += _unknown(store, last, found, now)
    if kept is not None:
        told = {one.scope for one in last if one.kind == "results_lost"}
        last += [one for one in unread.lost(store, now) if one.scope not in told]
    members = [*survey.malformed, *(str(one).encode() for one in survey.mistyped)]
    if members and not any((one.kind, one.scope) == ("malformed", "lanes") for one in last):
        detail = ascii(members[0])
        last.append(Trouble("malformed", "lanes", now, now, 1, len(members), "", detail))
    known_lost = {one.scope for one in last if one.kind == "times_lost"}
    last += [one for one in lost_times.find(store, now) if one.scope not in known_lost]
    if short := room.shortage(store):
        last.append(Trouble("redis_away", "Redis", now, now, 1, 0, "", short))
    return sorted(last, key=lambda one: (-one.row.level, one.since))


def shown(
    store: Store, stall_after: float, kept: Kept | None = None, survey: Survey | None = None
) -> list[Trouble]:
    """What people are shown: what lasts (`standing`), and the dead letters that nobody has seen."""
    found = unseen.find(store)
    both = [*standing(store, stall_after, kept, survey), *([found] if found else [])]
    return sorted(both, key=lambda one: (-one.row.level, one.since))


def _standing_still(
    store: Store, survey: Survey, kept: Kept | None, stall_after: float, now: int
) -> list[Trouble]:
    """What does not move, as troubles: lanes, parked messages, jobs, and the reading of results."""
    found: dict[tuple[str, str], Trouble] = {}
    unseen = _workers_unseen(store, now)
    patience = min(stall_after, UNSEEN) if unseen else stall_after
    for stall in stalls.find(store, survey.states, patience, now):
        detail = f"{stall.what}for {span(now - stall.since)}{unseen}"
        one = Trouble(stall.kind, stall.lane, now, now, 1, stall.waiting, stall.lane, detail)
        found.setdefault((one.kind, one.scope), one)
    return [*found.values(), *unread.find(store, kept, stall_after, now)]


def _workers_unseen(store: Store, now: int) -> str:
    """For how long no worker of this Redis has looked at what is due, in words; "" for a moment."""
    client: Any = store.client
    newest = client.zrange(store.keys.workers, 0, 0, desc=True, withscores=True)
    if not newest:
        return ", and no worker has been seen"
    ago = now - round(newest[0][1])
    return f", and no worker has been seen for {span(ago)}" if ago >= UNSEEN * 1000 else ""


@dataclass(frozen=True, slots=True)
class _Lasts:
    """What tells whether a trouble is over."""

    store: Store
    survey: Survey
    #: What does not move now.
    standing: list[Trouble]
    stall_after: float
    #: UNIX ms.
    now: int

    def is_over(self, trouble: Trouble) -> bool:
        store = self.store
        match trouble.row.ends:
            case "moves":
                standing = {(one.kind, one.scope) for one in self.standing}
                return (trouble.kind, trouble.scope) not in standing
            case "quiet":
                is_quiet = self.now - trouble.last >= self.stall_after * 1000
                return is_quiet or (bool(trouble.row.reason) and not self._has_letters(trouble))
            case "resume":
                return trouble.scope not in pause.paused(store)
            case "lane":
                # Its messages are gone: purged, or moved to another lane by a person.
                return store.client.xlen(store.keys.stream(trouble.scope)) == 0
            case "breaker":
                return not breakers.operation_is_awaited(store, trouble)
            case "host":
                return not breakers.host_is_awaited(store, trouble)
        return False

    def _has_letters(self, trouble: Trouble) -> bool:
        return letters.remain(self.store, trouble, (one.lane for one in self.survey.states))


def _unknown(
    store: Store, known: list[Trouble], found: list[Trouble], now: int
) -> Iterator[Trouble]:
    """What stands still and what is paused, as far as it is not known as a trouble."""
    stalled = {(one.kind, one.scope) for one in known}
    yield from (one for one in found if (one.kind, one.scope) not in stalled)
    paused = {one.scope for one in known if one.row.ends == "resume"}
    for scope, reason in pause.paused(store).items():
        if scope not in paused:
            yield Trouble("paused", scope, now, now, 1, 0, "", reason)


def _set_aside_malformed_lanes(store: Store, survey: Survey) -> None:
    for member in survey.malformed:
        SET_ASIDE(store, [store.keys.lanes], ["lanes", member, store.keys.start])
    for lane in survey.mistyped:
        MEND_TYPES(store, [store.keys.lanes], [str(lane), store.keys.start])
