"""Workers, the dispatcher, pauses, troubles, and the books, as the store tells them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from batchline.producers.lanes import Lane
from batchline.systems.api_text import cleaned_text
from batchline.worker.doctor.finding import Finding, Setup, doubtful, well, wrong
from batchline.worker.inspection import status
from batchline.worker.inspection.status import LaneStatus
from batchline.worker.store import pause, redis_clock, releases
from batchline.worker.store.message_ids import is_lane
from batchline.worker.troubles import watch
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import advice, level_of, span, standing_line

#: Seconds for which a lane may be due before somebody should have taken it: a task that was lost
#: is sent again within 30.
OVERDUE = 60.0
#: Looks at the books, and seconds between them: a message may move between two of them.
LOOKS, PAUSE = 3, 0.2


def look_at_workers(setup: Setup) -> Iterator[Finding]:
    """Whether workers look at these lanes."""
    store = setup.lanes()
    untyped: Any = store.client
    seen = untyped.zrange(store.keys.workers, 0, -1, withscores=True)
    now = redis_clock.now(store)
    ages = {name.decode(errors="replace"): max(0.0, now - score) for name, score in seen}
    here = {name: age for name, age in ages.items() if age <= pause.GONE_AFTER * 1000}
    if here:
        yield well(f"{len(here)} seen, the last one {span(min(here.values()))} ago")
        yield from _releases(here, releases.told(store), releases.own())
        return
    since = f"for {span(min(ages.values()))}" if ages else "in the last day"
    yield wrong(
        f"no worker has looked at these lanes {since}",
        "start one: batchline worker. If one runs, it has another redis_url or key_prefix: compare "
        "`batchline config` on both sides",
    )


def _releases(here: Collection[str], told: Mapping[str, str], own: str) -> Iterator[Finding]:
    """Whether the workers that are here, as far as they have told it, are of one release."""
    counts = Counter(told[name] for name in here if name in told)
    if len(counts) > 1:
        each = ", ".join(f"{count} of {release}" for release, count in sorted(counts.items()))
        yield doubtful(
            f"the workers are of several releases: {each}",
            "this is well while a release rolls out; then restart the older ones",
        )
    elif counts and own not in counts:
        yield doubtful(
            f"the workers are of release {next(iter(counts))}, this command of {own}",
            "install the same release on both sides",
        )
    elif counts:
        yield well(f"release {own}, as here")


def look_at_dispatcher(setup: Setup) -> Iterator[Finding]:
    """Whether lanes that are due are taken."""
    store = setup.lanes()
    now = redis_clock.now(store)
    untyped: Any = store.client
    due = untyped.zrangebyscore(store.keys.due, "-inf", now - OVERDUE * 1000, withscores=True)
    reasons = pause.paused(store)
    late = [
        (name, now - score)
        for name, score in ((member.decode(errors="replace"), score) for member, score in due)
        if is_lane(name) and pause.pause_of(name, reasons) is None
    ]
    if not late:
        yield well("every lane that is due is taken in time")
        return
    name, longest = max(late, key=lambda found: found[1])
    yield doubtful(
        f"lanes that are due, and nobody takes: {len(late):,}, as {name} for {span(longest)}",
        "start workers that know their accounts, or more of them; raise --concurrency",
    )


def look_at_pauses(setup: Setup) -> Iterator[Finding]:
    """What is paused, and why."""
    reasons = pause.paused(setup.lanes())
    for scope, reason in sorted(reasons.items()):
        mend = "mend them, restart the workers, then " if "credentials" in reason else ""
        yield doubtful(
            f"{scope} is paused: {cleaned_text(reason)}", f"{mend}batchline resume {scope}"
        )
    if not reasons:
        yield well("nothing is paused")


def look_at_troubles(setup: Setup) -> Iterator[Finding]:
    """What is wrong and lasts, as in `batchline status --check`."""
    store, settings = setup.lanes(), setup.those_in_force()
    now, found = redis_clock.now(store), False
    for one in watch.standing(store, settings.stall_after, Kept.of(settings)):
        if one.kind == "paused":
            continue  # told by its own check
        found = True
        text = standing_line(one, now).removesuffix(f". Do: {advice(one)}")
        yield Finding(
            "wrong" if level_of(one) in ("ERROR", "CRITICAL") else "doubtful",
            text.partition(" ")[2],
            advice(one),
        )
    if not found:
        yield well("none lasts")


def look_at_books(setup: Setup) -> Iterator[Finding]:
    """Whether every accepted message is accounted for."""
    store = setup.lanes()
    for left in reversed(range(LOOKS)):
        found = status.read(store)
        off = [lane for lane in found.lanes if difference(lane)]
        if not off or not left:
            break
        time.sleep(PAUSE)
    for lane in off:
        yield wrong(
            f"{Lane.parse(lane.lane)}: accepted differs from delivered + parked + dead + purged + "
            f"erased + backlog by {difference(lane):+,}",
            "has this Redis lost writes, or has somebody changed keys by hand? Else it is a bug: "
            "keep the journal, and report it",
        )
    if not off:
        counts = (
            f"{found.totals[name]:,} {name}"
            for name in ("delivered", "parked", "dead", "purged", "erased", "backlog")
        )
        yield well(f"{found.totals['accepted']:,} accepted = {' + '.join(counts)}")


def difference(lane: LaneStatus) -> int:
    """Accepted messages of the lane that are nowhere; below 0: more than were accepted."""
    ended = lane.delivered + lane.parked + lane.dead + lane.purged + lane.erased
    return lane.accepted - ended - lane.backlog
