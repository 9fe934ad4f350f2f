"""The alerts over synthetic series: promtool and the table of the store say the same of them."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field

import pytest

from batchline.worker.alerts import rules
from batchline.worker.alerts.table import BY_NAME
from batchline.worker.alerts.view import REMEMBERED, Past, View
from batchline.worker.metrics import table
from batchline.worker.metrics.metric import PAUSED_WHY, Metric
from tests import monitoring

pytestmark = pytest.mark.skipif(
    not monitoring.are_installed(), reason="make test-wide installs prometheus"
)

#: Minutes that series last: longer than an hour, and than the longest window of an alert.
MINUTES, LONG = 80, 380
LANE = {"account": "default", "operation": "event.add"}
CLOSED = {**LANE, "batchline_breaker_state": "closed"}


@dataclass
class Line:
    """A series: a metric, its labels, and how it goes on from `start`, by `step` a minute."""

    metric: Metric
    labels: dict[str, str]
    start: float
    step: float = 0.0

    def at(self, minute: int) -> float:
        return self.start + self.step * minute


@dataclass
class Case:
    """Series for which an alert fires, or does not."""

    alert: str
    name: str
    lines: list[Line]
    fires: bool = True
    labels: dict[str, str] = field(default_factory=lambda: dict(LANE))

    @property
    def minutes(self) -> int:
        return LONG if self.alert == "Slow" else MINUTES


ACCOUNT, NONE = {"account": "default"}, {}
REJECTED = {**LANE, "reason": "rejected"}


def paused(why, value=1):
    return [
        Line(table.PAUSED, {**LANE, "why": one}, value if one == why else 0) for one in PAUSED_WHY
    ]


def grows(metric, per_minute, labels=LANE, start=1000.0):
    return Line(metric, dict(labels), start, per_minute)


AGE = table.OLDEST_AGE
CASES = [
    Case("NotServed", "stands still", [Line(table.STANDSTILL, LANE, 301)]),
    Case("NotServed", "moved lately", [Line(table.STANDSTILL, LANE, 299)], fires=False),
    Case("NoWorker", "none", [Line(table.WORKERS, NONE, 0)], labels=NONE),
    Case("NoWorker", "one", [Line(table.WORKERS, NONE, 1)], fires=False),
    Case("ExpiryNear", "half", [Line(AGE, LANE, 1801), Line(table.MAX_AGE, ACCOUNT, 3600)]),
    Case(
        "ExpiryNear",
        "of another account's limit",
        [Line(AGE, LANE, 1801), Line(table.MAX_AGE, {"account": "es"}, 3600)],
        fires=False,
    ),
    Case(
        "ExpiryNear",
        "not yet",
        [Line(AGE, LANE, 1799), Line(table.MAX_AGE, ACCOUNT, 3600)],
        fires=False,
    ),
    Case(
        "DestinationFailing",
        "six of ten",
        [grows(table.LANE_FAILED, 6), grows(table.LANE_REQUESTS, 10)],
        labels=ACCOUNT,
    ),
    Case(
        "DestinationFailing",
        "four of ten",
        [grows(table.LANE_FAILED, 4), grows(table.LANE_REQUESTS, 10)],
        fires=False,
    ),
    Case(
        "DestinationFailing",
        "none is made",
        [grows(table.LANE_FAILED, 0), grows(table.LANE_REQUESTS, 0)],
        fires=False,
    ),
    Case("BreakerOpen", "open", [Line(table.BREAKER, CLOSED, 0)]),
    Case("BreakerOpen", "closed", [Line(table.BREAKER, CLOSED, 1)], fires=False),
    Case("FallingBehind", "grows", [grows(table.BACKLOG, 10), Line(AGE, LANE, 601), *paused("")]),
    Case(
        "FallingBehind",
        "shrinks",
        [grows(table.BACKLOG, -1), Line(AGE, LANE, 601), *paused("")],
        fires=False,
    ),
    Case(
        "FallingBehind",
        "is young",
        [grows(table.BACKLOG, 10), Line(AGE, LANE, 599), *paused("")],
        fires=False,
    ),
    Case(
        "FallingBehind",
        "is paused",
        [grows(table.BACKLOG, 10), Line(AGE, LANE, 601), *paused("command")],
        fires=False,
    ),
    Case("Paused", "by a person", paused("command"), labels={**LANE, "why": "command"}),
    Case("Paused", "by the flood guard", paused("flood"), labels={**LANE, "why": "flood"}),
    Case("Paused", "by credentials", paused("credentials"), fires=False),
    Case("CredentialsRefused", "refused", paused("credentials"), labels=ACCOUNT),
    Case("CredentialsRefused", "by a person", paused("command"), fires=False),
    Case("DeadLetters", "one a minute", [grows(table.DIED, 1, REJECTED)], labels=REJECTED),
    Case("DeadLetters", "old ones", [grows(table.DIED, 0, REJECTED)], fires=False),
    Case(
        "DeadLetterShare",
        "2 %",
        [grows(table.DIED, 2, REJECTED), grows(table.ACCEPTED, 100)],
        labels=ACCOUNT,
    ),
    Case(
        "DeadLetterShare",
        "half a percent",
        [grows(table.DIED, 0.5, REJECTED), grows(table.ACCEPTED, 100)],
        fires=False,
    ),
    Case(
        "DeadLetterShare",
        "few of few",
        [grows(table.DIED, 0.1, REJECTED), grows(table.ACCEPTED, 1)],
        fires=False,
    ),
    Case("ParkedStuck", "contact", [Line(table.PARKED_AGE, {**LANE, "why": "contact"}, 7201)]),
    Case(
        "ParkedStuck",
        "delayed",
        [Line(table.PARKED_AGE, {**LANE, "why": "delayed"}, 90_000)],
        fires=False,
    ),
    Case("JobsUnconfirmed", "some", [grows(table.UNCONFIRMED, 1)]),
    Case("JobsUnconfirmed", "none since", [grows(table.UNCONFIRMED, 0)], fires=False),
    Case("Slow", "20 % late", [grows(table.LATE, 20), grows(table.DELIVERED, 100)], labels=ACCOUNT),
    Case("Slow", "8 % late", [grows(table.LATE, 8), grows(table.DELIVERED, 100)], labels=ACCOUNT),
    Case("Slow", "5 % late", [grows(table.LATE, 5), grows(table.DELIVERED, 100)], fires=False),
    Case(
        "Saturated",
        "lags",
        [Line(table.DUE_LAG, LANE, 61), Line(table.WORKERS, NONE, 2)],
        labels=ACCOUNT,
    ),
    Case(
        "Saturated",
        "without workers",
        [Line(table.DUE_LAG, LANE, 61), Line(table.WORKERS, NONE, 0)],
        fires=False,
    ),
    Case(
        "RedisMemory",
        "71 %",
        [Line(table.REDIS_RATIO, {"role": "lanes"}, 0.71)],
        labels={"role": "lanes"},
    ),
    Case("RedisMemory", "69 %", [Line(table.REDIS_RATIO, {"role": "lanes"}, 0.69)], fires=False),
    Case(
        "RedisEvicts",
        "evicts",
        [grows(table.REDIS_EVICTED, 3, {"role": "broker"})],
        labels={"role": "broker"},
    ),
    Case("RedisEvicts", "did", [grows(table.REDIS_EVICTED, 0, {"role": "broker"})], fires=False),
    Case("BooksOpen", "one too many", [Line(table.BOOKS, ACCOUNT, 1)], labels=ACCOUNT),
    Case("BooksOpen", "one too few", [Line(table.BOOKS, ACCOUNT, -1)], labels=ACCOUNT),
    Case("BooksOpen", "balanced", [Line(table.BOOKS, ACCOUNT, 0)], fires=False),
    Case("StoreDown", "down", [Line(table.REDIS_UP, {"role": "lanes"}, 0)], labels=NONE),
    Case("StoreDown", "broker", [Line(table.REDIS_UP, {"role": "broker"}, 0)], fires=False),
]


def named(case):
    return f"{case.alert}: {case.name}"


def test_every_alert_has_a_case_that_fires_and_one_that_does_not():
    for fires in (True, False):
        assert {f"Batchline{one.alert}" for one in CASES if one.fires == fires} == set(BY_NAME)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_table_says_of_the_stores_samples_what_the_case_does(case):
    last = case.minutes
    past = [Past(minute * 60_000, samples(case, minute, REMEMBERED)) for minute in range(last)]
    view = View(last * 60_000, samples(case, last, table.METRICS), past)
    alert = BY_NAME[f"Batchline{case.alert}"]
    expected = [tuple(case.labels[name] for name in alert.labels)] if case.fires else []
    assert list(alert.holds(view)) == expected


def samples(case, minute, metrics):
    found = {}
    for line in case.lines:
        if line.metric in metrics:
            key = tuple(line.labels[name] for name in line.metric.labels)
            found.setdefault(line.metric.name, {})[key] = line.at(minute)
    return found


def test_promtool_says_the_same_of_the_rules(tmp_path):
    (tmp_path / "batchline.rules.yml").write_text(without_words(rules.text()))
    tests = [
        {
            "name": named(case),
            "interval": "1m",
            "input_series": [
                {"series": series(line), "values": f"{line.start:g}{line.step:+g}x{case.minutes}"}
                for line in case.lines
            ],
            "alert_rule_test": [
                {
                    "eval_time": f"{case.minutes}m",
                    "alertname": f"Batchline{case.alert}",
                    "exp_alerts": [expected(case)] if case.fires else [],
                }
            ],
        }
        for case in CASES
    ]
    document = {"rule_files": ["batchline.rules.yml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yml").write_text(json.dumps(document))
    done = subprocess.run(
        ["promtool", "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def series(line):
    labels = ",".join(f'{name}="{value}"' for name, value in line.labels.items())
    return f"{line.metric.name}{{{labels}}}"


def without_words(text):
    """The rules without their annotations, which promtool would compare too."""
    return re.sub(r"        annotations:\n(          .*\n)+", "", text)


def expected(case):
    """The alert that promtool is to find."""
    alert = BY_NAME[f"Batchline{case.alert}"]
    return {"exp_labels": {**case.labels, "severity": alert.severity}}
