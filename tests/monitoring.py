"""Prometheus, Alertmanager and a webhook, as Debian has them, and Batchline's exporter beside."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from batchline.worker.devstack.processes import Child
from tests import forked
from tests.ports import free_port
from tests.waiting import PATIENCE, until

#: What `make test-wide` installs.
PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")


def are_installed() -> bool:
    return all(shutil.which(name) for name in PROGRAMS)


class Webhook:
    """Keeps what is posted to it, and answers with `status`."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.status = 200
        #: Whether the body of its answers breaks off.
        self.is_cut = False
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if webhook.status == 200:
                    webhook.posts.append(json.loads(body))
                self.send_response(webhook.status)
                if webhook.is_cut:
                    self.send_header("Content-Length", "20")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def alerts(self, status: str) -> list[dict[str, Any]]:
        """The alerts that were told so."""
        every = [alert for post in list(self.posts) for alert in post["alerts"]]
        return [alert for alert in every if alert["status"] == status]

    def names(self, status: str) -> set[str]:
        return {alert["labels"]["alertname"] for alert in self.alerts(status)}

    def wait_for(self, status: str, name: str) -> dict[str, Any]:
        """The alert of that name, once it is told so."""

        def found() -> dict[str, Any] | None:
            every = self.alerts(status)
            return next((one for one in every if one["labels"]["alertname"] == name), None)

        return until(found, f"{name} {status}; known: {self.names(status)}")


def get(url: str) -> str:
    """A page; "" while nothing answers."""
    try:
        with urlopen(url, timeout=PATIENCE) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, query: str) -> list[dict[str, Any]]:
        """The series of a query now. Raises AssertionError for a query that is none."""
        answer = json.loads(get(f"{self.url}/api/v1/query?{urlencode({'query': query})}") or "{}")
        assert answer.get("status") == "success", (query, answer)
        return list(answer["data"]["result"])


#: As deploy/prometheus/prometheus.yml, every second.
_PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
scrape_configs:
  - job_name: batchline-store
    static_configs: [{{targets: ["127.0.0.1:{store}"]}}]
  - job_name: batchline-worker
    static_configs: [{{targets: [{workers}]}}]
"""
_ALERTMANAGER = """
route: {{receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


def impatient(rules: str) -> str:
    """The rules, that wait for a second only before they fire."""
    return re.sub(r"for: \d+s", "for: 1s", rules)


@contextmanager
def exporter(folder: Path, config: Path, port: int) -> Iterator[Child]:
    """`batchline metrics` at that port."""
    environment = {"BATCHLINE_CONFIG": str(config)}
    arguments = ["metrics", "--port", str(port)]
    child = forked.Forked("metrics", arguments, environment, folder / "metrics.log")
    try:
        until(lambda: get(f"http://127.0.0.1:{port}/metrics"), "the exporter answers")
        yield child
    finally:
        child.kill()


@contextmanager
def prometheus(
    folder: Path, rules: str, webhook: str, store: int, workers: tuple[int, ...] = ()
) -> Iterator[Prometheus]:
    """Prometheus with these rules, and Alertmanager, which tells the webhook."""
    ports = {"prometheus": free_port(), "alertmanager": free_port()}
    (folder / "rules.yml").write_text(rules)
    (folder / "alertmanager.yml").write_text(_ALERTMANAGER.format(url=webhook))
    targets = ", ".join(f'"127.0.0.1:{port}"' for port in workers)
    (folder / "prometheus.yml").write_text(
        _PROMETHEUS.format(
            rules=folder / "rules.yml",
            alertmanager=ports["alertmanager"],
            store=store,
            workers=targets,
        )
    )
    commands = {
        "alertmanager": [
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{ports['alertmanager']}",
            "--cluster.listen-address=",
        ],
        "prometheus": [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
        ],
    }
    children = [Child(name, line, {}, folder / f"{name}.log") for name, line in commands.items()]
    try:
        for name, port in ports.items():
            until(lambda port=port: get(f"http://127.0.0.1:{port}/-/ready"), f"{name} is ready")
        yield Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
    finally:
        for child in children:
            child.kill()
