"""`python -m tests.bench.isolation`: does a slow account slow a healthy one?

The delay of an event, from `send` to the sandbox having it: while the account is alone, while
another account of the same worker hangs on a host that accepts connections and never answers, and
while 32 lanes of another account wait 8 s for every answer.
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
from tests.held_api import HeldApi

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
#: Lanes of the slow account, their events, and the seconds of an answer.
LANES, SLOW_EVENTS, SECONDS = 32, 3000, 8.0
SLOW = f"""\
timeout = {{connect = 1, read = 30}}
[accounts.slow.operations."event.add"]
linger = 0
batch_size = 1
partitions = {LANES}
"""


def measure(beside: str) -> list[float]:
    """The delays in ms, beside nothing (""), the "black hole" or the "slow" account."""
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedRedis(Path(name)) as redis,
        Sandbox(create_delay=0, log=Path(name) / "sandbox.log") as sandbox,
        socket.create_server(("127.0.0.1", 0), backlog=256) as hole,
        HeldApi(SECONDS) as slow_api,
    ):
        folder = Path(name)
        healthy = sandbox_account(sandbox, "default", more=ACCOUNT)
        dead_url = f"http://127.0.0.1:{hole.getsockname()[1]}"
        dead = healthy.replace("accounts.default", "accounts.dead").replace(sandbox.url, dead_url)
        slow = sandbox_account(sandbox, "slow", more=SLOW).replace(sandbox.url, slow_api.url)
        config = folder / "batchline.toml"
        top = f'redis_url = "{redis.url}"\ndispatch_every = 0.05'
        config.write_text(sandbox_settings(top, healthy, dead, slow))
        os.environ["BATCHLINE_CONFIG"] = str(config)
        worker = children.worker(config, folder / "worker.log")
        try:
            with Producer(Settings.load()) as producer:
                return _delays(producer, sandbox, beside)
        finally:
            worker.stop(20)


def _delays(producer: Producer, sandbox: Sandbox, beside: str) -> list[float]:
    producer.send(_contact())
    while sandbox.control.contact("ann@shop.example") is None:
        time.sleep(0.05)
    if beside == "black hole":
        stuck = [message for n in range(STUCK) for message in (_event(-n), _contact())]
        producer.send_many(stuck, account="dead")
        time.sleep(1)
    elif beside == "slow":
        producer.send_many([_event(-n, n) for n in range(SLOW_EVENTS)], account="slow")
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


def _event(number: int, contact: int | None = None) -> ExternalEvent:
    email = "ann@shop.example" if contact is None else f"c{contact}@shop.example"
    event = {"contactExtEventType": "PURCHASE", "externalId": f"order-{number}"}
    return ExternalEvent.model_validate({"email": email, "contactEvent": event})


def main() -> int:
    """The exit status."""
    table = Table(title="delay of an event, ms")
    for column in ("", "median", "p99", "largest"):
        table.add_column(column, justify="right")
    rows = {
        "alone": "",
        "beside a black-holed account": "black hole",
        f"beside {LANES} lanes of an account that answers after {SECONDS:g} s": "slow",
    }
    for name, beside in rows.items():
        delays = measure(beside)
        row = (median(delays), quantiles(delays, n=100)[98], max(delays))
        table.add_row(name, *(f"{value:,.0f}" for value in row))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
