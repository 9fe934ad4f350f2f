"""Alerts that fire for real: worker, API, exporter, Prometheus, Alertmanager, webhook."""

from __future__ import annotations

import pytest

from batchline.worker.alerts import rules
from tests import builders, monitoring

pytestmark = pytest.mark.skipif(
    not monitoring.are_installed(), reason="make test-wide installs prometheus"
)


@pytest.fixture
def webhook():
    webhook = monitoring.Webhook()
    yield webhook
    webhook.close()


def test_an_api_that_fails_is_told_to_the_webhook_and_so_is_its_recovery(stack, webhook):
    store = monitoring.free_port()
    short = monitoring.impatient(rules.text())
    with (
        monitoring.exporter(stack.folder, stack.config, store),
        monitoring.prometheus(stack.folder, short, webhook.url, store) as prometheus,
    ):
        stack.worker("first")
        with stack.producer() as producer:
            producer.send(builders.contact(builders.ANN))
            stack.until_at_rest()
            monitoring.until(
                lambda: prometheus.query("batchline_delivered_messages_total == 1"),
                "the delivery is seen",
            )
            stack.sandbox.control.fault("status", status=500)
            producer.send_many([builders.contact(f"a{n}@shop.example") for n in range(20)])
        fired = webhook.wait_for("firing", "BatchlineBreakerOpen")
        assert fired["labels"]["account"] == "default"
        assert fired["labels"]["operation"] == "contact.upsert"
        assert fired["annotations"]["runbook_url"].endswith("docs/alerts.md#batchlinebreakeropen")
        webhook.wait_for("firing", "BatchlineDestinationFailing")
        stack.sandbox.control.clear_faults()
        stack.until_at_rest()
        webhook.wait_for("resolved", "BatchlineBreakerOpen")
