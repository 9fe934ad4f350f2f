"""The table of alerts: each as a query of Prometheus, and as a function of the store's samples.

Both are of the store's metrics alone. So the same alerts fire with and without Prometheus, and
whether or not the workers show metrics of their own. `tests/wide/test_alert_rules.py` runs
both over the same series. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from batchline.worker.alerts.view import View, above, both, share, without
from batchline.worker.metrics import table as metrics
from batchline.worker.metrics.samples import Series

Severity = Literal["page", "ticket"]
#: How the value of an alert is shown.
Shown = Literal["seconds", "share", "messages", ""]

MINUTE, HOUR = 60.0, 3600.0
LANE = ("account", "operation")
#: The share of deliveries that may be late, over a month.
BUDGET = 0.01
#: Dead letters of an account in an hour from which on their share is worth a page.
FEW_DEAD = 10


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert."""

    name: str
    severity: Severity
    #: Seconds for which it must hold before anybody is told.
    lasts: float
    #: The labels of what it is about.
    labels: tuple[str, ...]
    promql: str
    #: Labels -> value of what it holds for now.
    holds: Callable[[View], Series]
    #: What is wrong, in a sentence with `{account}` and the like, and `{value}`.
    words: str
    #: What to do first; the page of the alert says more.
    do: str
    shown: Shown = ""

    @property
    def anchor(self) -> str:
        """The part of docs/alerts.md that is its page."""
        return self.name.lower()


_PAUSED = "max by (account, operation) (batchline_lane_paused) == 1"
_OLDEST = "max by (account, operation) (batchline_lane_oldest_message_age_seconds)"


def _not_served(view: View) -> Series:
    return above(view.series(metrics.STANDSTILL, *LANE), 5 * MINUTE)


def _no_worker(view: View) -> Series:
    return {key: 0.0 for key, count in view.series(metrics.WORKERS).items() if count == 0}


def _expiry_near(view: View) -> Series:
    limits = view.series(metrics.MAX_AGE, "account")
    return {
        key: age
        for key, age in view.series(metrics.OLDEST_AGE, *LANE).items()
        if key[:1] in limits and age > limits[key[:1]] / 2
    }


def _destination_failing(view: View) -> Series:
    failed = view.increase(metrics.LANE_FAILED, 5 * MINUTE, "account")
    return above(share(failed, view.increase(metrics.LANE_REQUESTS, 5 * MINUTE, "account")), 0.5)


def _breaker_open(view: View) -> Series:
    closed = view.series(metrics.BREAKER, *LANE, batchline_breaker_state="closed")
    return {key: 1.0 for key, value in closed.items() if value == 0}


def _paused(view: View) -> Series:
    return above(view.series(metrics.PAUSED, *LANE), 0)


def _falling_behind(view: View) -> Series:
    grows = above(view.change(metrics.BACKLOG, 15 * MINUTE, *LANE), 0)
    old = above(view.series(metrics.OLDEST_AGE, *LANE), 10 * MINUTE)
    return without(both(grows, old), _paused(view))


def _held(view: View) -> Series:
    held = above(view.series(metrics.PAUSED, *LANE, "why"), 0)
    return {key: value for key, value in held.items() if key[-1] != "credentials"}


def _refused(view: View) -> Series:
    return above(view.series(metrics.PAUSED, "account", why="credentials"), 0)


def _dead_letters(view: View) -> Series:
    return above(view.increase(metrics.DIED, 15 * MINUTE, *LANE, "reason"), 0)


def _dead_share(view: View) -> Series:
    dead = view.increase(metrics.DIED, HOUR, "account")
    shares = share(dead, view.increase(metrics.ACCEPTED, HOUR, "account"))
    return both(above(shares, 0.01), above(dead, FEW_DEAD))


def _parked_stuck(view: View) -> Series:
    return above(view.series(metrics.PARKED_AGE, *LANE, why="contact"), 2 * HOUR)


def _unconfirmed(view: View) -> Series:
    return above(view.increase(metrics.UNCONFIRMED, HOUR, *LANE), 0)


def _late_share(view: View, seconds: float, rate: float) -> Series:
    late = view.increase(metrics.LATE, seconds, "account")
    return above(share(late, view.increase(metrics.DELIVERED, seconds, "account")), rate * BUDGET)


def _slow(view: View) -> Series:
    quickly = both(_late_share(view, HOUR, 14.4), _late_share(view, 5 * MINUTE, 14.4))
    slowly = both(_late_share(view, 6 * HOUR, 6), _late_share(view, 30 * MINUTE, 6))
    return slowly | quickly


def _saturated(view: View) -> Series:
    if not above(view.series(metrics.WORKERS), 0):
        return {}
    return above(view.series(metrics.DUE_LAG, "account"), MINUTE)


def _memory(view: View) -> Series:
    return above(view.series(metrics.REDIS_RATIO, "role"), 0.7)


def _evicts(view: View) -> Series:
    return above(view.increase(metrics.REDIS_EVICTED, 5 * MINUTE, "role"), 0)


def _books_open(view: View) -> Series:
    books = view.series(metrics.BOOKS, "account")
    return {key: value for key, value in books.items() if value != 0}


def _store_down(view: View) -> Series:
    up = view.series(metrics.REDIS_UP, role="lanes")
    return {key: value for key, value in up.items() if value == 0}


def _late_query(window: str, rate: float) -> str:
    return (
        f"sum by (account) (rate(batchline_late_messages_total[{window}])) / "
        f"sum by (account) (rate(batchline_delivered_messages_total[{window}])) "
        f"> {rate * BUDGET:g}"
    )


ALERTS: tuple[Alert, ...] = (
    Alert(
        "BatchlineNotServed",
        "page",
        2 * MINUTE,
        LANE,
        "max by (account, operation) (batchline_lane_standstill_seconds) > 300",
        _not_served,
        "{account}, {operation}: messages are due, and for {value} nobody has delivered any.",
        "Are there workers, with the same redis_url, broker_url and key_prefix? batchline status",
        "seconds",
    ),
    Alert(
        "BatchlineNoWorker",
        "page",
        MINUTE,
        (),
        "max(batchline_workers) == 0",
        _no_worker,
        "No worker has looked for due lanes for half a minute.",
        "Start workers; compare `batchline config` on both sides. Messages wait, none is lost.",
    ),
    Alert(
        "BatchlineExpiryNear",
        "page",
        0,
        LANE,
        f"{_OLDEST} > on (account) group_left () "
        "(0.5 * max by (account) (batchline_max_age_seconds))",
        _expiry_near,
        "{account}, {operation}: the oldest message is {value} old, more than half of max_age.",
        "Mend what holds the lane: past max_age, messages of a failing API become dead letters.",
        "seconds",
    ),
    Alert(
        "BatchlineDestinationFailing",
        "ticket",
        5 * MINUTE,
        ("account",),
        "sum by (account) (rate(batchline_lane_failed_requests_total[5m])) / "
        "sum by (account) (rate(batchline_lane_requests_total[5m])) > 0.5",
        _destination_failing,
        "{account}: {value} of the requests to the API fail.",
        "Nothing is lost, the lanes try again by themselves; batchline status has the API's words.",
        "share",
    ),
    Alert(
        "BatchlineBreakerOpen",
        "ticket",
        10 * MINUTE,
        LANE,
        "max by (account, operation) "
        '(batchline_breaker_state{batchline_breaker_state="closed"}) == 0',
        _breaker_open,
        "{account}, {operation}: the API has failed so often that the lanes stay away.",
        "One lane probes by itself. If it lasts, ask the vendor.",
    ),
    Alert(
        "BatchlineFallingBehind",
        "ticket",
        15 * MINUTE,
        LANE,
        "sum by (account, operation) (deriv(batchline_lane_backlog_messages[15m])) > 0 "
        f"and on (account, operation) {_OLDEST} > 600 "
        f"unless on (account, operation) {_PAUSED}",
        _falling_behind,
        "{account}, {operation}: the backlog grows, and its oldest message is older than 10 min.",
        "More partitions or workers, or higher `limits`; does the API answer slowly?",
    ),
    Alert(
        "BatchlinePaused",
        "ticket",
        15 * MINUTE,
        (*LANE, "why"),
        'max by (account, operation, why) (batchline_lane_paused{why!="credentials"}) == 1',
        _held,
        "{account}, {operation}: paused ({why}); messages are accepted, and none is sent.",
        "batchline status says why; when that is mended: batchline resume {account}:{operation}",
    ),
    Alert(
        "BatchlineCredentialsRefused",
        "page",
        0,
        ("account",),
        'max by (account) (batchline_lane_paused{why="credentials"}) == 1',
        _refused,
        "{account}: the API refuses the credentials, and the account is paused.",
        "Mend them, restart the workers, then: batchline resume {account}",
    ),
    Alert(
        "BatchlineDeadLetters",
        "ticket",
        0,
        (*LANE, "reason"),
        "sum by (account, operation, reason) (increase(batchline_dead_messages_total[15m])) > 0",
        _dead_letters,
        "{account}, {operation}: {value} became dead letters within 15 min ({reason}).",
        "batchline dead list --account {account} --reason {reason}",
        "messages",
    ),
    Alert(
        "BatchlineDeadLetterShare",
        "page",
        5 * MINUTE,
        ("account",),
        "sum by (account) (increase(batchline_dead_messages_total[1h])) / "
        "sum by (account) (increase(batchline_accepted_messages_total[1h])) > 0.01 "
        "and on (account) sum by (account) (increase(batchline_dead_messages_total[1h])) "
        f"> {FEW_DEAD}",
        _dead_share,
        "{account}: dead letters of the last hour are {value} of what was accepted.",
        "batchline dead list --account {account}: what do they have in common?",
        "share",
    ),
    Alert(
        "BatchlineParkedStuck",
        "ticket",
        10 * MINUTE,
        LANE,
        'max by (account, operation) (batchline_parked_oldest_age_seconds{why="contact"}) > 7200',
        _parked_stuck,
        "{account}, {operation}: a message has waited for its contact for {value}.",
        "Are the upserts of these contacts delivered? Are there workers? batchline status",
        "seconds",
    ),
    Alert(
        "BatchlineJobsUnconfirmed",
        "ticket",
        0,
        LANE,
        "sum by (account, operation) (increase(batchline_unconfirmed_messages_total[1h])) > 0",
        _unconfirmed,
        "{account}, {operation}: jobs of the API did not say what became of {value}.",
        "The API accepted them: look at some of these contacts there.",
        "messages",
    ),
    Alert(
        "BatchlineSlow",
        "ticket",
        0,
        ("account",),
        f"({_late_query('1h', 14.4)} and {_late_query('5m', 14.4)}) or "
        f"({_late_query('6h', 6)} and {_late_query('30m', 6)})",
        _slow,
        "{account}: {value} of the messages are delivered later than 60 s; 1 % is the goal.",
        "batchline status: does the API fail or answer slowly, do lanes wait for workers?",
        "share",
    ),
    Alert(
        "BatchlineSaturated",
        "ticket",
        15 * MINUTE,
        ("account",),
        "max by (account) (batchline_lane_due_lag_seconds) > 60 "
        "and on () max(batchline_workers) > 0",
        _saturated,
        "{account}: lanes are due for {value} before a worker begins them.",
        "More workers, or a higher --concurrency.",
        "seconds",
    ),
    Alert(
        "BatchlineRedisMemory",
        "ticket",
        5 * MINUTE,
        ("role",),
        "max by (role) (batchline_redis_memory_used_ratio) > 0.7",
        _memory,
        "The Redis of the {role} has used {value} of its memory.",
        "At 100 % producers are refused: do workers keep up? batchline dead purge; more memory.",
        "share",
    ),
    Alert(
        "BatchlineRedisEvicts",
        "page",
        0,
        ("role",),
        "max by (role) (increase(batchline_redis_evicted_keys_total[5m])) > 0",
        _evicts,
        "The Redis of the {role} throws keys away: accepted messages may be among them.",
        "Set maxmemory-policy to noeviction now, and give it memory.",
    ),
    Alert(
        "BatchlineBooksOpen",
        "ticket",
        15 * MINUTE,
        ("account",),
        "max by (account) (batchline_books_difference_messages) != 0",
        _books_open,
        "{account}: the books differ by {value}: accepted is not what was done with them.",
        "A fault of Batchline, or somebody wrote to its keys: keep the journal, and report it.",
        "messages",
    ),
    Alert(
        "BatchlineStoreDown",
        "page",
        2 * MINUTE,
        (),
        'max(batchline_redis_up{role="lanes"}) == 0 or max(up{job="batchline-store"}) == 0',
        _store_down,
        "The Redis of the lanes, or the exporter that reads it, does not answer.",
        "See to Redis; workers go on by themselves. Producers are refused meanwhile.",
    ),
)
BY_NAME = {alert.name: alert for alert in ALERTS}


def markdown() -> str:
    """The table of docs/alerts.md."""
    lines = ["| alert | severity | for | says |", "|---|---|---|---|"]
    for one in ALERTS:
        lasts = f"{one.lasts / MINUTE:.0f} min" if one.lasts else "at once"
        cells = (f"[{one.name}](#{one.anchor})", one.severity, lasts, one.words)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
