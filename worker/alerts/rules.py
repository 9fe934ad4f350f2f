"""The table of alerts as rules of Prometheus: deploy/prometheus/batchline.rules.yml. Pure."""

from __future__ import annotations

import json
import re

from batchline.worker.alerts.table import ALERTS, Alert

HEAD = """\
# Written by `make deploy` from worker/alerts/table.py: change it there.
# https://batchline.example/docs/alerts.md stands for wherever your people read docs/alerts.md.
groups:
  - name: batchline
    rules:
"""
RUNBOOK = "https://batchline.example/docs/alerts.md"
#: How Prometheus shows a value.
_VALUES = {
    "seconds": "{{ $value | humanizeDuration }}",
    "share": "{{ $value | humanizePercentage }}",
    "messages": "{{ $value | humanize }} messages",
    "": "{{ $value }}",
}


def text() -> str:
    """The file."""
    return HEAD + "".join(map(_rule, ALERTS))


def _rule(alert: Alert) -> str:
    lines = [
        f"      - alert: {alert.name}",
        f"        expr: {json.dumps(alert.promql)}",
        *([f"        for: {alert.lasts:.0f}s"] if alert.lasts else []),
        "        labels:",
        f"          severity: {alert.severity}",
        "        annotations:",
        f"          summary: {json.dumps(_template(alert, alert.words))}",
        f"          description: {json.dumps(_template(alert, alert.do))}",
        f"          runbook_url: {RUNBOOK}#{alert.anchor}",
    ]
    return "\n".join(lines) + "\n"


def _template(alert: Alert, words: str) -> str:
    def filled(match: re.Match[str]) -> str:
        name = match[1]
        return _VALUES[alert.shown] if name == "value" else f"{{{{ $labels.{name} }}}}"

    return re.sub(r"\{(\w+)\}", filled, words)
