"""Bulk acts: everything that matches a filter is replayed or purged, by workers.

A bulk act has a name. Its letters are first counted, and noted in the order in which they were
enqueued: what dies later is none of them. A person who has seen the count confirms it. Then workers
go through them (`bulk_work.py`), one at a time, whether or not whoever ordered it is still there.
The keys are described in `worker/store/lua/bulk_take.lua`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from batchline.systems.errors import BatchlineError
from batchline.worker.dead_letters.filter import LANGUAGE, Filter
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

NEW = Script("bulk_new")
CHANGE = Script("bulk_change")
#: Acts that are remembered; of more, the oldest that have ended are forgotten.
KEPT = 100
#: Seconds for which letters wait for a confirmation, and what is left of a stopped act.
LEFT_KEPT = 604_800
#: The spelling of a name.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
#: The most letters a second that can be asked for.
MOST_RATE = 100_000

What = Literal["replay", "purge"]
State = Literal["counting", "counted", "running", "stopped", "done"]
#: What is done, in the past tense of the acts.
DONE = {"replay": "replayed", "purge": "purged"}


class BulkRefused(BatchlineError):
    """An order about a bulk act cannot be carried out; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class BulkAct:
    """A bulk act as it is now. Times are UNIX ms; 0: not yet."""

    name: str
    what: What
    state: State
    who: str
    #: Without persons.
    filter: str
    ordered: int
    counted: int
    begun: int
    ended: int
    #: Letters looked at while counting; those that fit; of these by reason.
    looked: int
    total: int
    reasons: dict[str, int]
    #: Letters replayed or purged; that stay, for their account is of another system now, or the
    #: application has sent them anew; that were changed or taken by somebody else since they were
    #: counted; that are still to do.
    done: int
    foreign: int
    passed: int
    left: int
    #: Letters a second at most; None: as fast as it goes.
    rate: float | None
    superseded: bool
    #: Whether a worker is at it.
    is_taken: bool
    #: The fault of ours that has stopped it; "": none did.
    fault: str

    @property
    def is_open(self) -> bool:
        """Whether a worker counts it or runs it, or is to."""
        return self.state in ("counting", "running")

    @property
    def seconds_left(self) -> float | None:
        """Seconds that it takes at least, by its pace; None: nobody knows."""
        if self.state != "running" or self.rate is None:
            return None
        return self.left / self.rate

    @property
    def percent(self) -> int:
        """Percent of it that is behind it."""
        behind = self.total - self.left
        return 100 if self.state == "done" else behind * 100 // self.total if self.total else 0


def under_way(store: Store) -> list[BulkAct]:
    """The acts that workers count or run, or that wait to be confirmed."""
    return [one for one in every(store) if one.is_open or one.state == "counted"]


def line(act: BulkAct) -> str:
    """One line of how far it is."""
    if act.state == "counting":
        how_far = f"{act.total:,} fit so far"
    elif act.state == "counted":
        how_far = f"{act.left:,} fit; batchline bulk confirm {act.name} --count {act.left}"
    else:
        how_far = f"{act.done:,} of {act.total:,} {DONE[act.what]}"
    return f"bulk act {act.name}: {act.state}, {how_far}"


def order(
    store: Store,
    name: str,
    what: What,
    wanted: Filter,
    who: str,
    rate: float | None = None,
    superseded: bool = False,
) -> BulkAct:
    """Order a bulk act: its letters are counted next, and nothing is done before `confirm`.

    `rate`: letters a second at most. `superseded`: as `replay` of `store.py` takes it. Raises
    BulkRefused for a name that is none, or that another act has.
    """
    if _NAME.fullmatch(name) is None:
        raise BulkRefused(
            f"{name!r} is no name of a bulk act: 1 to 64 lower-case letters, digits, - and _, "
            "a letter or digit first"
        )
    keys = [store.keys.bulk, store.keys.bulk_open, store.keys.bulk_act(name)]
    ages = ("" if one is None else round(one * 1000) for one in (wanted.since, wanted.until))
    fields: dict[str, str | int] = {
        "what": what,
        "who": who,
        "filter": LANGUAGE.format(wanted, hides=True),
        "wanted": LANGUAGE.format(wanted),
        "superseded": int(superseded),
    }
    if rate is not None:
        fields["rate"] = _rate(rate)
    arguments: list[Argument] = [name, *ages, store.keys.start, KEPT]
    for field, value in fields.items():
        arguments += [field, value]
    if not NEW(store, keys, arguments):
        raise BulkRefused(f"there is a bulk act {name} already: choose another name")
    found = get(store, name)
    assert found is not None
    return found


def new_name(store: Store, what: What) -> str:
    """A name that no act has."""
    names = {one.name for one in every(store)}
    stem = f"{what}-{redis_clock.now(store) // 1000}"
    return next(name for n in range(len(names) + 1) if (name := f"{stem}-{n}") not in names)


def confirm(store: Store, name: str, count: int, who: str) -> BulkAct:
    """Run it, if it is about so many letters; `who` has seen that number.

    Raises BulkRefused when it is about another number by now, or is not to be confirmed.
    """
    act = _change(store, name, "confirm", count)
    if act is None:
        now = _got(store, name)
        if now.state != "counted":
            raise BulkRefused(f"the bulk act {name} is {now.state}: there is nothing to confirm")
        raise BulkRefused(
            f"the bulk act {name} is about {now.left:,} dead letters, not {count:,}: look again"
        )
    acts.write(store, who, f"{act.what} in bulk", act.filter or "all", act.total, name)
    return act


def stop(store: Store, name: str, who: str) -> BulkAct:
    """Do no more of it. What is left can go on for a week (`resume`)."""
    act = _change(store, name, "stop")
    if act is None:
        now = _got(store, name)
        raise BulkRefused(f"the bulk act {name} is {now.state}: there is nothing to stop")
    acts.write(store, who, "stopped", name, act.left)
    return act


def stop_for_fault(store: Store, name: str, fault: str) -> None:
    """Stop it, for carrying it out fails here by this fault, whose text is in the worker's log."""
    store.client.hset(store.keys.bulk_act(name), "fault", fault)
    _change(store, name, "stop")


def resume(store: Store, name: str, who: str) -> BulkAct:
    """Go on with one that was stopped while it ran."""
    act = _change(store, name, "resume")
    if act is None:
        now = _got(store, name)
        hint = ""
        if now.state == "stopped":
            hint = ", and nothing of it is left" if now.begun else " before it was confirmed"
        raise BulkRefused(
            f"the bulk act {name} is {now.state}{hint}: only one that was stopped while it ran "
            "goes on; order a new one"
        )
    acts.write(store, who, "resumed", name, act.left)
    return act


def pace(store: Store, name: str, rate: float | None, who: str) -> BulkAct:
    """Set the letters a second at most; None: as fast as it goes."""
    act = _change(store, name, "pace", "" if rate is None else _rate(rate))
    if act is None:
        raise BulkRefused(f"the bulk act {name} is done: it has no pace any more")
    acts.write(store, who, "paced", name, detail="none" if rate is None else f"{rate:g} a second")
    return act


def get(store: Store, name: str) -> BulkAct | None:
    """The bulk act of that name; None: there is none."""
    return next(iter(_read(store, [name])), None)


def every(store: Store) -> list[BulkAct]:
    """The bulk acts that are remembered, the newest first."""
    names: Any = store.client.zrange(store.keys.bulk, 0, -1, desc=True)
    return _read(store, [name.decode() for name in names])


def _read(store: Store, names: list[str]) -> list[BulkAct]:
    pipeline: Any = store.client.pipeline(transaction=False)
    for name in names:
        pipeline.hgetall(store.keys.bulk_act(name))
        pipeline.zcard(store.keys.bulk_ids(name))
    answers = pipeline.execute()
    pairs = zip(names, answers[::2], answers[1::2], strict=True)
    return [_act(name, fields, left) for name, fields, left in pairs if fields]


def _act(name: str, raw: dict[bytes, bytes], left: int) -> BulkAct:
    fields = {key.decode(): value.decode(errors="replace") for key, value in raw.items()}

    def number(field: str) -> int:
        return int(fields.get(field) or 0)

    what: Any = fields.get("what", "replay")
    state: Any = fields.get("state", "stopped")
    return BulkAct(
        name=name,
        what=what,
        state=state,
        who=fields.get("who", ""),
        filter=fields.get("filter", ""),
        ordered=number("ordered"),
        counted=number("counted"),
        begun=number("begun"),
        ended=number("ended"),
        looked=number("looked"),
        total=number("total"),
        reasons={
            key.removeprefix("reason:"): int(value)
            for key, value in sorted(fields.items())
            if key.startswith("reason:")
        },
        done=number("done"),
        foreign=number("foreign"),
        passed=number("passed"),
        left=left,
        rate=float(fields["rate"]) if "rate" in fields else None,
        superseded=fields.get("superseded") == "1",
        is_taken="token" in fields,
        fault=fields.get("fault", ""),
    )


def _change(store: Store, name: str, what: str, value: str | int = "") -> BulkAct | None:
    """The act as it is after the order; None: the order does not fit its state."""
    keys = [store.keys.bulk_act(name), store.keys.bulk_ids(name), store.keys.bulk_open]
    does, _, _ = CHANGE(store, keys, [what, value, LEFT_KEPT * 1000])
    return _got(store, name) if does else None


def _got(store: Store, name: str) -> BulkAct:
    found = get(store, name)
    if found is None:
        known = ", ".join(one.name for one in every(store)[:10]) or "none"
        raise BulkRefused(f"there is no bulk act {name!r} (the last ones: {known})")
    return found


def _rate(rate: float) -> str:
    if not 0 < rate <= MOST_RATE:
        raise BulkRefused(f"rate: {rate:g} must be more than 0 and at most {MOST_RATE:,} a second")
    return f"{rate:.6f}"
