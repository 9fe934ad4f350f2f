"""The table of metrics: names as Prometheus has them, labels that hold nothing personal."""

from __future__ import annotations

import pytest

from batchline.worker.alerts import table as alerts
from batchline.worker.delivery import latency
from batchline.worker.metrics import table
from batchline.worker.metrics.metric import LATE_AFTER
from tests import deploy

UNITS = ("messages", "lanes", "requests", "batches", "seconds", "bytes", "ratio")
#: Every label that a metric may have.
LABELS = {
    *("account", "operation", "why", "reason", "role", "kind", "outcome", "status", "verdict"),
    *("method", "cause", "limit", "result", "version", "python", "celery", "redis"),
    "batchline_breaker_state",
}


@pytest.mark.parametrize("metric", table.METRICS, ids=lambda one: one.name)
def test_a_metric_is_named_by_its_type_and_says_what_to_do(metric):
    assert metric.name.startswith("batchline_")
    assert (metric.kind == "counter") == metric.name.endswith("_total")
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert set(metric.labels) <= LABELS
    assert len(metric.help) > 30
    assert metric.help[-1] in ".?"
    if metric.unit in ("seconds", "bytes", "ratio"):
        assert metric.unit in metric.name


def test_late_means_the_same_in_the_words_and_where_it_is_counted():
    assert LATE_AFTER * 1000 == latency.LATE


def test_no_two_metrics_have_a_name_in_common():
    assert len(table.BY_NAME) == len(table.METRICS)


@pytest.mark.parametrize("path", deploy.files(), ids=lambda path: path.name)
def test_a_generated_file_is_what_the_tables_say(path):
    assert path.read_text() == deploy.files()[path], "make deploy writes it"


@pytest.mark.parametrize("alert", alerts.ALERTS, ids=lambda one: one.name)
def test_an_alert_has_a_page_that_says_what_it_means_where_to_look_and_what_to_press(alert):
    text = (deploy.ROOT / "docs/alerts.md").read_text()
    page = text.partition(f"\n### {alert.name}\n")[2].partition("\n### ")[0]
    for part in ("**Means.**", "**Look.**", "**Press.**"):
        assert part in page, f"{alert.name}: {part}"


def test_alerts_are_over_metrics_of_the_store_alone():
    for alert in alerts.ALERTS:
        names = {one.name for one in table.METRICS if one.name in alert.promql}
        assert names, alert.name
        assert all(table.BY_NAME[name].source == "store" for name in names), alert.name
