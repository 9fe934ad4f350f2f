"""One purchase for two systems, one of them down: neither copy waits for the other.

    make fanout

Redis, a stand-in for both APIs and a worker are started here and stopped at the end.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from batchline import Contact, Event, Producer
from batchline.producers.settings import Settings
from batchline.sandbox.runner import Sandbox
from batchline.worker.devstack import processes as children
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.devstack.sandbox import sandbox_account, sandbox_settings
from batchline.worker.inspection import status
from batchline.worker.inspection.status import Status
from batchline.worker.store.store import Store

QUICK = """\
timeout = {connect = 1, read = 3}
lease = 8
backoff = {first = 0.2, max = 1}
breaker = {open = 1}
jobs = {poll = 0.5, until = 30}
"""
SALESMANAGO = """\
operations."contact.upsert" = {linger = 0.2}
operations."event.add" = {linger = 1}
mapping.contact = {shoe_size = "property:shoe_size"}
mapping.event = {currency = "detail:1"}
"""
ESPUTNIK = """\
operations."contact.upsert" = {linger = 0.2}
operations."event.add_v2" = {linger = 1}
mapping.contact = {shoe_size = "field:12345", email_opt_in = "ignore"}
mapping.event_types = {PURCHASE = "orderPaid"}
"""
ROUTES = """
[routes]
contact = ["default", "es"]
event = ["default", "es"]
"""
#: The requests of eSputnik's API; SALESmanago's have no version here.
ESPUTNIKS = {"path": "/api/v[12]/*"}
#: Seconds after which something must be wrong.
PATIENCE = 60.0


def order_paid(producer: Producer, number: str) -> list[dict[str, str]]:
    """What an application does: say it once. The settings know who is told, and how."""
    contact = Contact(
        email="ann@shop.example",
        first_name="Ann",
        last_name="Kowalska",
        tags=["CUSTOMER"],
        email_opt_in=True,
        fields={"shoe_size": 41},
    )
    purchase = Event(
        type="PURCHASE",
        email="ann@shop.example",
        value=19.99,
        currency="EUR",
        products=["p1", "p2"],
        external_id=number,
    )
    return [
        producer.send(contact, idempotency_key=f"customer-{number}"),
        producer.send(purchase, idempotency_key=f"paid-{number}"),
    ]


def main(folder: Path, console: Console) -> None:
    with running(folder) as (store, sandbox), Producer() as producer:
        sandbox.control.fault("status", match=ESPUTNIKS, status=503)
        console.print("eSputnik is down: it answers 503.")
        for ids in order_paid(producer, "17"):
            console.print("accepted", *ids.values(), highlight=False, soft_wrap=True)
        order_paid(producer, "17")
        console.print("Said again with the same keys: nothing is enqueued twice.")

        began = time.monotonic()
        now = until(store, lambda now: delivered(now, "default") == 2 and fails(now, "es"))
        console.print(f"SALESmanago has both after {time.monotonic() - began:.1f} s:")
        console.print(*summary(now), sep="\n", highlight=False)

        sandbox.control.clear_faults()
        console.print("eSputnik is back:")
        now = until(store, lambda now: delivered(now, "es") == 2)
        console.print(*summary(now), sep="\n", highlight=False)


@contextmanager
def running(folder: Path) -> Iterator[tuple[Store, Sandbox]]:
    """Redis, sandbox and worker, and settings in force that lead to them."""
    for name in [name for name in os.environ if name.startswith("BATCHLINE_")]:
        del os.environ[name]  # else this could go to a real account
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(folder))
        sandbox = stack.enter_context(Sandbox(create_delay=0.2, log=folder / "sandbox.log"))
        config = folder / "batchline.toml"
        os.environ["BATCHLINE_CONFIG"] = str(config)
        top = f'redis_url = "{server.url}"\ndispatch_every = 0.1'
        default = sandbox_account(sandbox, "default", "salesmanago", QUICK + SALESMANAGO)
        es = sandbox_account(sandbox, "es", "esputnik", QUICK + ESPUTNIK)
        config.write_text(sandbox_settings(top, default, es, ROUTES))
        stack.callback(children.worker(config, folder / "worker.log").stop, 20)
        store = Store.open(Settings.load(), timeout=10)
        stack.callback(store.client.close)
        yield store, sandbox


def until(store: Store, condition: Callable[[Status], bool]) -> Status:
    """The lanes once the condition holds of them."""
    deadline = time.monotonic() + PATIENCE
    while not condition(found := status.read(store)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE:.0f} s: {found.totals}")
        time.sleep(0.1)
    return found


def delivered(now: Status, account: str) -> int:
    return sum(lane.delivered for lane in now.lanes if lane.lane.startswith(f"{account}:"))


def fails(now: Status, account: str) -> bool:
    return any(lane.last_error for lane in now.lanes if lane.lane.startswith(f"{account}:"))


def summary(now: Status) -> list[str]:
    return [
        f"  {lane.lane:<24} delivered {lane.delivered}, waiting {lane.backlog}"
        + (f", last error {lane.last_error}" if lane.backlog and lane.last_error else "")
        for lane in now.lanes
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="batchline-") as made:
        main(Path(made), Console())
