"""`python -m tests.bench.isolation`: does a black-holed account slow a healthy one?

The delay of an event, from `send` to the sandbox having it, while the account is alone and while
another account of the same worker hangs on a host that accepts connections and never answers.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from batchline.producers import Producer, Settings
from batchline.sandbox.runner import Sandbox
from batchline.systems.salesmanago.messages import ContactUpsert, ExternalEvent
from batchline.worker.devstack import processes as children
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.devstack.sandbox import sandbox_account, sandbox_settings

#: Events measured, one every so many seconds.
EVENTS, EVERY = 300, 0.03
#: Messages of each operation that wait for the host that never answers.
STUCK = 500
ACCOUNT = """\
timeout = {connect = 1, read = 3}
lease = 10
[accounts.default.operations."event.add"]
linger = 0
"""


def measure(beside_a_black_hole: bool) -> list[float]:
    """The delays in ms."""
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedRedis(Path(name)) as redis,
        Sandbox(create_delay=0, log=Path(name) / "sandbox.log") as sandbox,
        socket.create_server(("127.0.0.1", 0), backlog=256) as hole,
    ):
        folder = Path(name)
        healthy = sandbox_account(sandbox, "default", more=ACCOUNT)
        dead_url = f"http://127.0.0.1:{hole.getsockname()[1]}"
        dead = healthy.replace("accounts.default", "accounts.dead").replace(sandbox.url, dead_url)
        config = folder / "batchline.toml"
        top = f'redis_url = "{redis.url}"\ndispatch_every = 0.05'
        config.write_text(sandbox_settings(top, healthy, dead))
        os.environ["BATCHLINE_CONFIG"] = str(config)
        worker = children.worker(config, folder / "worker.log")
        try:
            with Producer(Settings.load()) as producer:
                return _delays(producer, sandbox, beside_a_black_hole)
        finally:
            worker.stop(20)


def _delays(producer: Producer, sandbox: Sandbox, beside_a_black_hole: bool) -> list[float]:
    producer.send(_contact())
    while sandbox.control.contact("ann@shop.example") is None:
        time.sleep(0.05)
    if beside_a_black_hole:
        stuck = [message for n in range(STUCK) for message in (_event(-n), _contact())]
        producer.send_many(stuck, account="dead")
        time.sleep(1)
    sent: dict[str, float] = {}
    for number in range(EVENTS):
        producer.send(_event(number))
        sent[f"order-{number}"] = time.time()
        time.sleep(EVERY)
    time.sleep(2)
    received = {row["id"]: row["at"] for row in sandbox.control.ledger(operation="event.add")}
    return [(received[name] - at) * 1000 for name, at in sent.items()]


def _contact() -> ContactUpsert:
    return ContactUpsert.model_validate({"contact": {"email": "ann@shop.example"}})


def _event(number: int) -> ExternalEvent:
    event = {"contactExtEventType": "PURCHASE", "externalId": f"order-{number}"}
    return ExternalEvent.model_validate({"email": "ann@shop.example", "contactEvent": event})


def main() -> int:
    """The exit status."""
    table = Table(title="delay of an event, ms")
    for column in ("", "median", "p99", "largest"):
        table.add_column(column, justify="right")
    for name, beside in (("alone", False), ("beside a black-holed account", True)):
        delays = measure(beside)
        row = (median(delays), quantiles(delays, n=100)[98], max(delays))
        table.add_row(name, *(f"{value:,.0f}" for value in row))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
