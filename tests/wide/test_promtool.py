"""What promtool and amtool say of the files and of what is exported."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import closing

import pytest

from batchline.worker.metrics import exporter, table
from batchline.worker.metrics.source import Source
from tests import builders, deploy, grafana, monitoring
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    not monitoring.are_installed(), reason="make test-wide installs prometheus"
)
DEPLOY = deploy.ROOT / "deploy/prometheus"


def accepts(*command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_promtool_takes_the_rules_and_the_configuration():
    accepts("promtool", "check", "rules", str(DEPLOY / "batchline.rules.yml"))
    accepts("promtool", "check", "config", str(DEPLOY / "prometheus.yml"))


def test_amtool_takes_the_configuration_of_alertmanager():
    accepts("amtool", "check-config", str(DEPLOY / "alertmanager.yml"))


def test_promtool_finds_nothing_to_say_of_what_the_store_exports(stack):
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    with closing(Source.open(stack.settings)) as source:
        text = exporter.text(source)
    assert "batchline_lane_backlog_messages" in text
    assert accepts("promtool", "check", "metrics", stdin=text) == ""


def test_promtool_finds_nothing_to_say_of_what_a_worker_exports(stack):
    port = free_port()
    stack.config.write_text(f"metrics = {{port = {port}}}\n{stack.config.read_text()}")
    stack.worker("measured")
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    stack.until_at_rest()
    url = f"http://127.0.0.1:{port}/metrics"
    text = until(
        lambda: "batches_total{" in (found := monitoring.get(url)) and found, "a batch is counted"
    )
    assert accepts("promtool", "check", "metrics", stdin=text) == ""


def test_promtool_takes_every_query_of_the_dashboard(tmp_path):
    every = [
        {"record": f"query:{number}", "expr": query}
        for number, (_, query) in enumerate(grafana.queries())
    ]
    rules = {"groups": [{"name": "dashboard", "rules": every}]}
    (tmp_path / "rules.yml").write_text(json.dumps(rules))
    accepts("promtool", "check", "rules", "--lint=none", str(tmp_path / "rules.yml"))


def test_the_dashboard_and_the_rules_ask_for_metrics_that_there_are():
    text = "\n".join(query for _, query in grafana.queries())
    text += (DEPLOY / "batchline.rules.yml").read_text()
    asked = set(re.findall(r"(?<![\w\"/])batchline_\w+", text))
    labels = {"batchline_breaker_state"}
    assert asked <= set(table.series_names()) | labels


def test_the_dashboard_shows_every_metric():
    asked = set(re.findall(r"batchline_\w+", "\n".join(query for _, query in grafana.queries())))
    hidden = {"batchline_purged_messages_total", "batchline_unconfirmed_messages_total"}
    hidden |= {"batchline_lanes", "batchline_lanes_due", "batchline_max_age_seconds"}
    hidden |= {"batchline_rate_limit_waits_total", "batchline_erased_messages_total"}
    for one in table.METRICS:
        shown = one.name in asked or f"{one.name}_bucket" in asked
        assert shown != (one.name in hidden), one.name
