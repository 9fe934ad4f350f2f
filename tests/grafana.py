"""The dashboard for Grafana, as plain dicts: deploy/grafana/batchline.json.

Plain dicts, for it has three kinds of panels and one datasource: a typed builder of Grafana's would
be one more dependency, of one version for each of Grafana's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
#: The columns of Grafana's grid, and the rows of a panel.
WIDTH, HEIGHT = 24, 8
#: What the queries are about: the accounts and operations that are chosen.
WHERE = 'account=~"$account",operation=~"$operation"'
OF_ACCOUNT = 'account=~"$account"'
#: The time over which a rate is taken.
WINDOW = "$__rate_interval"
LANE = "{{account}} {{operation}}"

#: Title, unit, and each query with its legend; a panel may be a "stat".
Queries = list[tuple[str, str]]


def _sum(metric: str, by: str = "account, operation", where: str = WHERE) -> str:
    return f"sum by ({by}) ({metric}{{{where}}})"


def _max(metric: str, by: str = "account, operation", where: str = WHERE) -> str:
    return f"max by ({by}) ({metric}{{{where}}})"


def _rate(metric: str, by: str = "account, operation", where: str = WHERE) -> str:
    return f"sum by ({by}) (rate({metric}{{{where}}}[{WINDOW}]))"


def _or_zero(query: str) -> str:
    """The query, or 0 where there is nothing: the metric is absent while all is well."""
    return f"{query} or on () vector(0)"


def _quantiles(metric: str) -> Queries:
    """The median and the slow end of a histogram, by account."""
    return [
        (
            f"histogram_quantile({share}, sum by (account, le) "
            f"(rate({metric}_bucket{{{WHERE}}}[{WINDOW}])))",
            f"{{{{account}}}} {name}",
        )
        for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    ]


def _stat(title: str, unit: str, query: str, red: float | None = None) -> dict[str, Any]:
    """A number; red from `red` on."""
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if red is not None:
        steps.append({"color": "red", "value": red})
    return {
        "type": "stat",
        "title": title,
        "datasource": SOURCE,
        "targets": [_target("A", query, "")],
        "fieldConfig": {
            "defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"},
    }


def _lines(title: str, unit: str, queries: Queries, words: str = "") -> dict[str, Any]:
    """Lines over time."""
    targets = [_target(chr(65 + n), query, legend) for n, (query, legend) in enumerate(queries)]
    return {
        "type": "timeseries",
        "title": title,
        "description": words,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {
            "defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 8}},
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _target(letter: str, query: str, legend: str) -> dict[str, Any]:
    return {"refId": letter, "datasource": SOURCE, "expr": query, "legendFormat": legend}


ROWS: dict[str, list[dict[str, Any]]] = {
    "Are we well?": [
        _stat(
            "Alerts",
            "none",
            _or_zero('count(ALERTS{alertname=~"Batchline.*",alertstate="firing"})'),
            1,
        ),
        _stat("Workers", "none", "max(batchline_workers)"),
        _stat("Waiting", "short", _sum("batchline_lane_backlog_messages", "")),
        _stat(
            "Oldest message",
            "s",
            _or_zero(_max("batchline_lane_oldest_message_age_seconds", "")),
            600,
        ),
        _stat("Dead letters", "short", _or_zero(_sum("batchline_dead_letters", "")), 1),
        _stat(
            "Dead in 24 h",
            "short",
            f"sum(increase(batchline_dead_messages_total{{{WHERE}}}[24h]))",
            1,
        ),
        _stat(
            "Books differ",
            "short",
            f"max(abs(batchline_books_difference_messages{{{OF_ACCOUNT}}}))",
            1,
        ),
        _stat("Redis", "none", "min(batchline_redis_up)"),
    ],
    "Lanes": [
        _lines("Accepted", "cps", [(_rate("batchline_accepted_messages_total"), LANE)]),
        _lines("Delivered", "cps", [(_rate("batchline_delivered_messages_total"), LANE)]),
        _lines("Waiting", "short", [(_sum("batchline_lane_backlog_messages"), LANE)]),
        _lines(
            "Age of the oldest message",
            "s",
            [(_or_zero(_max("batchline_lane_oldest_message_age_seconds")), LANE)],
        ),
        _lines("In flight", "short", [(_sum("batchline_lane_in_flight_messages"), LANE)]),
        _lines("Failures in a row", "short", [(_max("batchline_lane_failures_in_a_row"), LANE)]),
        _lines(
            "Due, and not begun",
            "s",
            [(_or_zero(_max("batchline_lane_due_lag_seconds")), LANE)],
            "More than a minute: more workers, or a higher --concurrency.",
        ),
        _lines(
            "Stands still",
            "s",
            [(_or_zero(_max("batchline_lane_standstill_seconds")), LANE)],
            "Nothing tells the lane to wait, and it does not move.",
        ),
        _lines(
            "Paused",
            "none",
            [(_max("batchline_lane_paused", "account, operation, why"), f"{LANE} {{{{why}}}}")],
        ),
        _lines(
            "Breaker not closed",
            "none",
            [
                (
                    _max(
                        "batchline_breaker_state",
                        "account, operation, batchline_breaker_state",
                        f'{WHERE},batchline_breaker_state!="closed"',
                    ),
                    f"{LANE} {{{{batchline_breaker_state}}}}",
                )
            ],
        ),
        _lines(
            "Delivered late",
            "percentunit",
            [
                (
                    f"{_rate('batchline_late_messages_total', 'account')} / "
                    f"({_rate('batchline_delivered_messages_total', 'account')} > 0) "
                    "or on () vector(0)",
                    "{{account}}",
                )
            ],
            "Later than 60 s after acceptance; the goal is 1 % in a month.",
        ),
        _lines(
            "Failed requests",
            "percentunit",
            [
                (
                    f"{_rate('batchline_lane_failed_requests_total', 'account')} / "
                    f"({_rate('batchline_lane_requests_total', 'account')} > 0) or on () vector(0)",
                    "{{account}}",
                )
            ],
        ),
    ],
    "Parked, dead, jobs": [
        _lines(
            "Parked",
            "short",
            [(_sum("batchline_parked_messages", "account, operation, why"), f"{LANE} {{{{why}}}}")],
        ),
        _lines(
            "Age of the oldest parked message",
            "s",
            [
                (
                    _or_zero(
                        _max("batchline_parked_oldest_age_seconds", "account, operation, why")
                    ),
                    f"{LANE} {{{{why}}}}",
                )
            ],
        ),
        _lines(
            "Dead letters",
            "short",
            [
                (
                    _or_zero(_sum("batchline_dead_letters", "account, operation, reason")),
                    f"{LANE} {{{{reason}}}}",
                )
            ],
        ),
        _lines(
            "Died within an hour",
            "short",
            [
                (
                    "sum by (account, operation, reason) "
                    f"(increase(batchline_dead_messages_total{{{WHERE}}}[1h]))",
                    f"{LANE} {{{{reason}}}}",
                )
            ],
        ),
        _lines(
            "Open jobs",
            "short",
            [(_max("batchline_jobs_open", "account", OF_ACCOUNT), "{{account}}")],
        ),
        _lines(
            "Age of the oldest open job",
            "s",
            [
                (
                    _or_zero(_max("batchline_jobs_oldest_age_seconds", "account", OF_ACCOUNT)),
                    "{{account}}",
                )
            ],
        ),
        _lines("Merged", "cps", [(_rate("batchline_merged_messages_total"), LANE)]),
        _lines("Troubles", "short", [(_or_zero("sum by (kind) (batchline_troubles)"), "{{kind}}")]),
    ],
    "Workers (where metrics.port is set)": [
        _lines(
            "Requests",
            "reqps",
            [
                (
                    _rate("batchline_requests_total", "account, status, verdict"),
                    "{{account}} {{status}} {{verdict}}",
                )
            ],
        ),
        _lines("Answer time of the API", "s", _quantiles("batchline_request_duration_seconds")),
        _lines(
            "From acceptance to delivery", "s", _quantiles("batchline_delivery_latency_seconds")
        ),
        _lines(
            "Batches",
            "cps",
            [(_rate("batchline_batches_total", "account, outcome"), "{{account}} {{outcome}}")],
        ),
        _lines(
            "Messages of a batch, median",
            "short",
            [_quantiles("batchline_batch_messages")[0]],
        ),
        _lines(
            "Fill of a batch, median", "percentunit", [_quantiles("batchline_batch_fill_ratio")[0]]
        ),
        _lines(
            "Tried again",
            "cps",
            [
                (
                    _or_zero(_rate("batchline_retries_total", "account, cause")),
                    "{{account}} {{cause}}",
                )
            ],
        ),
        _lines(
            "Waits for limits",
            "percentunit",
            [
                (
                    _or_zero(
                        _rate("batchline_rate_limit_wait_seconds_total", "account", OF_ACCOUNT)
                    ),
                    "{{account}}",
                )
            ],
            "Seconds of waiting a second, of all lanes together.",
        ),
        _lines(
            "Lanes under way",
            "percentunit",
            [
                (
                    f"{_sum('batchline_worker_threads_busy', 'account', OF_ACCOUNT)} / "
                    f"{_sum('batchline_worker_threads', 'account', OF_ACCOUNT)}",
                    "{{account}}",
                )
            ],
            "Of the most that the workers deliver at once.",
        ),
        _lines(
            "Tries to take a lane",
            "cps",
            [("sum by (result) (rate(batchline_claims_total[$__rate_interval]))", "{{result}}")],
        ),
        _lines(
            "Since the last look for due lanes",
            "s",
            [("time() - batchline_dispatch_last_success_timestamp_seconds", "{{instance}}")],
        ),
        _lines(
            "Versions",
            "none",
            [("count by (version, python) (batchline_build_info)", "{{version}} on {{python}}")],
        ),
    ],
    "Redis": [
        _lines("Answers", "none", [("min by (role) (batchline_redis_up)", "{{role}}")]),
        _lines(
            "Memory", "bytes", [("max by (role) (batchline_redis_memory_used_bytes)", "{{role}}")]
        ),
        _lines(
            "Memory, of maxmemory",
            "percentunit",
            [(_or_zero("max by (role) (batchline_redis_memory_used_ratio)"), "{{role}}")],
        ),
        _lines(
            "Evicted keys",
            "cps",
            [
                (
                    "sum by (role) (rate(batchline_redis_evicted_keys_total[$__rate_interval]))",
                    "{{role}}",
                )
            ],
        ),
    ],
}


def dashboard() -> dict[str, Any]:
    """The dashboard's model."""
    return {
        "uid": "batchline",
        "title": "Batchline",
        "tags": ["batchline"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_datasource(), _variable("account"), _variable("operation")]},
        "panels": list(_panels()),
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2) + "\n"


def queries() -> Iterator[tuple[str, str]]:
    """The title of a panel and a query of it, with every variable of Grafana filled in."""
    for panels in ROWS.values():
        for panel in panels:
            for target in panel["targets"]:
                filled = target["expr"].replace("$__rate_interval", "5m")
                yield panel["title"], re.sub(r"\$(account|operation)", ".*", filled)


def _panels() -> Iterator[dict[str, Any]]:
    number, y = 1, 0
    for title, panels in ROWS.items():
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": _place(0, y, WIDTH, 1),
        }
        number, y, x = number + 1, y + 1, 0
        for panel in panels:
            wide, high = (WIDTH // 8, 4) if panel["type"] == "stat" else (WIDTH // 2, HEIGHT)
            if x + wide > WIDTH:
                x, y = 0, y + high
            yield {"id": number, **panel, "gridPos": _place(x, y, wide, high)}
            number, x = number + 1, x + wide
        y += high


def _place(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def _datasource() -> dict[str, Any]:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
    }


def _variable(label: str) -> dict[str, Any]:
    query = f"label_values(batchline_lane_backlog_messages, {label})"
    return {
        "name": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": label},
        "definition": query,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
        "sort": 1,
    }
