"""Why does nothing move? The answer for a lane, from its state and its surroundings. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from batchline.worker.inspection.surroundings import Surroundings
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.pause import GONE_AFTER, pause_of
from batchline.worker.troubles.kinds import KINDS
from batchline.worker.troubles.stalls import course_of, stands_since
from batchline.worker.troubles.words import span

#: Seconds after which no worker knows an account, if none that does has dispatched.
UNKNOWN_AFTER = 30.0
#: Troubles of a lane that hold its next message, whatever else is.
HOLDING = ("unknown_account", "foreign", "plugin_missing", "newer_format", "unreadable", "fault")

Kind = Literal[
    "empty",
    "paused",
    "parked",
    "no_worker",
    "unknown_account",
    "trouble",
    "stalled",
    "lease",
    "breaker",
    "host",
    "backoff",
    "rate_limit",
    "asks",
    "waits",
    "linger",
    "dispatched",
    "due",
    "unscheduled",
]
#: Answers that need a person; the others pass by themselves.
NEEDS_A_PERSON = ("paused", "no_worker", "unknown_account", "trouble", "stalled", "unscheduled")


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a lane does not move, or that it does."""

    kind: Kind
    #: A sentence for people, without a full stop.
    text: str
    #: The command, or what else to do; "" where there is nothing to do.
    do: str = ""
    #: Seconds until it passes by itself, where that is known.
    seconds: float | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether it does not pass by itself."""
        return self.kind in NEEDS_A_PERSON


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer, and the lanes that have it."""

    answer: Answer
    lanes: tuple[str, ...]
    backlog: int


def of_lane(one: LaneState, around: Surroundings) -> Answer:
    """The answer for one lane."""
    for find in (
        *(_paused, _empty, _parked, _no_worker, _unknown_account, _trouble, _stalled),
        *(_leased, _breaker, _backoff, _rate_limit, _asks, _waits, _unscheduled, _linger),
        _dispatched,
    ):
        answer = find(one, around)
        if answer is not None:
            return answer
    return Answer("due", "it is due, and a worker takes it as soon as it has a free place for it")


def of_lanes(lanes: Iterable[LaneState], around: Surroundings) -> list[Answers]:
    """The answers for several lanes, those of one kind together; where most waits, first.

    Empty lanes count only where all are.
    """
    found: dict[str, list[tuple[LaneState, Answer]]] = {}
    for one in lanes:
        answer = of_lane(one, around)
        found.setdefault(answer.kind, []).append((one, answer))
    if len(found) > 1:
        found.pop("empty", None)
    groups = [
        Answers(
            _first(rows),
            tuple(str(one.lane) for one, _ in rows),
            sum(one.backlog + one["parked"] for one, _ in rows),
        )
        for rows in found.values()
    ]
    return sorted(groups, key=lambda group: (not group.answer.needs_a_person, -group.backlog))


def _first(rows: list[tuple[LaneState, Answer]]) -> Answer:
    """The answer that lasts longest: of those that pass by themselves, the last to pass."""
    return max((answer for _, answer in rows), key=lambda answer: answer.seconds or 0.0)


def _empty(one: LaneState, around: Surroundings) -> Answer | None:
    if one.backlog or one["parked"]:
        return None
    return Answer("empty", "nothing waits: everything that was enqueued is settled")


def _paused(one: LaneState, around: Surroundings) -> Answer | None:
    held = pause_of(str(one.lane), dict(around.paused))
    if held is None:
        return None
    scope, reason = held
    by = around.paused_by.get(scope)
    who = f" by {by.who}, {span(around.now - by.at)} ago" if by else ""
    mend = "mend them, restart the workers, then " if "credentials" in reason else ""
    return Answer("paused", f"{scope} is paused{who}: {reason}", f"{mend}batchline resume {scope}")


def _parked(one: LaneState, around: Surroundings) -> Answer | None:
    if one.backlog:
        return None
    reasons = ", ".join(f"{count:,} {word}" for word, count in parked_by(one).items() if count)
    text = f"all its messages are parked: {reasons}"
    at = around.comes_back.get(str(one.lane))
    if at is None:
        return Answer("parked", text)
    seconds = _left(at, around)
    if seconds == 0 and not around.has_worker():
        return _no_worker(one, around)
    return Answer("parked", f"{text}; the next comes back {_in(seconds)}", "", seconds)


def _no_worker(one: LaneState, around: Surroundings) -> Answer | None:
    if around.has_worker():
        return None
    last = max(around.workers.values(), default=None)
    seen = f"the last was seen {span(around.now - last)} ago" if last else "none was seen for a day"
    text = f"no worker runs: {seen} (sought for {GONE_AFTER:.0f} s, in this Redis)"
    return Answer("no_worker", text, "start one: batchline worker")


def _unknown_account(one: LaneState, around: Surroundings) -> Answer | None:
    account = one.lane.account
    seen = around.accounts.get(account)
    is_known = seen is not None and around.now - seen <= UNKNOWN_AFTER * 1000
    if is_known and one.texts.get("trouble") != "unknown_account":
        return None
    return Answer(
        "unknown_account",
        f"no worker that runs has the account {account} in its settings",
        f"put [accounts.{account}] into their settings, and restart them",
    )


def _trouble(one: LaneState, around: Surroundings) -> Answer | None:
    kind = one.texts.get("trouble", "")
    if kind not in HOLDING:
        return None
    row = KINDS[kind]
    do = row.do.format(scope=one.lane, account=one.lane.account, operation=one.lane.operation)
    return Answer("trouble", f"{row.words}{_words(one)}", do)


def _stalled(one: LaneState, around: Surroundings) -> Answer | None:
    if _breaker(one, around) is not None:
        return None
    since = stands_since(course_of(one), around.now)
    if since is None or around.now - since < around.stall_after * 1000:
        return None
    claimed = f", and was claimed {one['claims']:,} times since" if one["claims"] else ""
    text = f"it stands still for {span(around.now - since)}, though it is due{claimed}"
    return Answer("stalled", text, f"look into the workers' logs; batchline resume {one.lane}")


def _leased(one: LaneState, around: Surroundings) -> Answer | None:
    if "token" not in one.texts or one["until"] <= around.now:
        return None
    count = f"{one['in_flight']:,} of its messages"
    seen = around.workers.get(one.owner)
    if seen is None or around.now - seen > GONE_AFTER * 1000:
        left = _left(one["until"], around)
        text = f"the worker {one.owner} has taken {count}, and gives no sign of life; its lease"
        return Answer("lease", f"{text} ends {_in(left)}", "", left)
    use = around.use.get(one.lane.account)
    slow = "; the account's limits are used up" if use and use.is_used_up(around.now) else ""
    return Answer("lease", f"it moves: the worker {one.owner} delivers {count}{slow}")


def _breaker(one: LaneState, around: Surroundings) -> Answer | None:
    """A lane that fails waits with a breaker, and that is mostly closed."""
    key = one.texts.get("waits_with", "")
    if key not in around.breakers or one["retry_at"] <= around.now:
        return None
    seconds = _left(one["retry_at"], around)
    _, _, host = key.partition("breaker@")
    if host:
        text = f"the host {host} is not reached; one lane tries again {_in(seconds)}"
        do = f"check the name, the network, the proxy; to try now: batchline resume {one.lane}"
        return Answer("host", f"{text}{_words(one)}", do, seconds)
    what = f"{one.lane.account}:{one.lane.operation}"
    text = f"the breaker of {what} is open: so much fails; one lane tries again {_in(seconds)}"
    do = f"it goes on by itself; to try now: batchline resume {what}"
    return Answer("breaker", f"{text}{_words(one)}", do, seconds)


def _backoff(one: LaneState, around: Surroundings) -> Answer | None:
    if one["retry_at"] <= around.now or not one["attempts"]:
        return None
    seconds, times = _left(one["retry_at"], around), one["attempts"]
    failed = "the API failed once" if times == 1 else f"the API failed {times:,} times in a row"
    do = f"it goes on by itself; to try now: batchline resume {one.lane}"
    return Answer("backoff", f"{failed}; tried again {_in(seconds)}{_words(one)}", do, seconds)


def _rate_limit(one: LaneState, around: Surroundings) -> Answer | None:
    if one["retry_at"] <= around.now:
        return None
    use = around.use.get(one.lane.account)
    is_told = one.texts.get("trouble") == "rate_limited"
    if not is_told and (use is None or not use.is_used_up(around.now)):
        return None
    locked = use is not None and use.locked > around.now
    who = "the API lets nothing through" if locked else "the account's limits are used up"
    seconds = max(_left(one["retry_at"], around), _left(use.locked, around) if use else 0.0)
    return Answer("rate_limit", f"{who}; it goes on {_in(seconds)}", "", seconds)


def _asks(one: LaneState, around: Surroundings) -> Answer | None:
    if one["retry_at"] <= around.now or "sending" not in one.texts:
        return None
    seconds = _left(one["retry_at"], around)
    text = "a request had no answer: nobody knows whether the API took it. It is looked into"
    return Answer("asks", f"{text} {_in(seconds)}", "", seconds)


def _waits(one: LaneState, around: Surroundings) -> Answer | None:
    if one["retry_at"] <= around.now:
        return None
    seconds = _left(one["retry_at"], around)
    return Answer("waits", f"it was told to wait; it goes on {_in(seconds)}", "", seconds)


def _unscheduled(one: LaneState, around: Surroundings) -> Answer | None:
    if one.due is not None:
        return None
    text = "messages wait, and nobody has set when it is due"
    return Answer("unscheduled", text, f"batchline resume {one.lane}")


def _linger(one: LaneState, around: Surroundings) -> Answer | None:
    if one.due is None or one.due <= around.now or "hold" in one.texts:
        return None
    seconds = _left(one.due, around)
    waits = around.waits.get((one.lane.account, one.lane.operation))
    size = f" of {waits.batch_size:,}" if waits else ""
    text = f"it lingers for a fuller batch: {one.backlog:,}{size}; sent {_in(seconds)}"
    return Answer("linger", text, "", seconds)


def _dispatched(one: LaneState, around: Surroundings) -> Answer | None:
    if one.due is None or one.due <= around.now:
        return None
    seconds = _left(one.due, around)
    text = "a worker was told to deliver it, and has not begun; if it does not, it is told again"
    return Answer("dispatched", f"{text} {_in(seconds)}", "", seconds)


#: Counter of the parked messages of a reason -> the reason as pages show it.
REASONS = {
    "parked_contact_missing": "contact",
    "parked_behind": "behind",
    "parked_suspected": "suspects",
    "parked_ambiguous": "ambiguous",
}


def parked_by(one: LaneState) -> dict[str, int]:
    """The parked messages of a lane by reason: contact, behind, suspects, ambiguous, delayed.

    An older release counted no reasons: what it has parked is delayed until it comes back.
    """
    found = {word: one[counter] for counter, word in REASONS.items()}
    return {**found, "delayed": max(0, one["parked"] - sum(found.values()))}


def _words(one: LaneState) -> str:
    """The API's words, behind what is said."""
    error = one.texts.get("error", "")
    return f": {error}" if error else ""


def _left(at: int, around: Surroundings) -> float:
    return max(0.0, round((at - around.now) / 1000, 1))


def _in(seconds: float) -> str:
    return f"in {span(seconds * 1000)}" if seconds >= 0.5 else "at once"
