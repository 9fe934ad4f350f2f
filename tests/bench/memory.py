"""`python -m tests.bench.memory`: bytes of Redis that a message takes, wherever it can be.

The engine and Redis are the real ones; the API takes what it is told, or refuses it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from redis import Redis
from rich.console import Console
from rich.table import Table

from batchline.producers import Outgoing, Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.message import Message
from batchline.systems.requests import HttpAnswer, HttpCall
from batchline.systems.salesmanago import SYSTEM
from batchline.systems.salesmanago.messages import ContactUpsert, ExternalEvent
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.lane import deliver
from batchline.worker.store.store import Store
from tests.bench import payload
from tests.bench.server import running_server
from tests.bench.upserts import upserts

#: Messages of a batch, and batches.
BATCH, BATCHES = 1000, 10
ACCOUNT = {
    "system": "salesmanago",
    "url": "http://api.example",
    "client_id": "bench-client",
    "api_key": "bench-key",
    "api_secret": "bench-secret",
    "owner": "admin@vendor.pl",
    "flood_guard": {"least": 10**9},
}


class Api:
    """Answers at once, as it is told: takes everything, misses every contact, or refuses."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = _taken
        self._jobs = 0

    def send(self, call: HttpCall) -> HttpAnswer:
        self._jobs += 1
        answer = {"message": [], "requestId": self._jobs, **self.answer(json.loads(call.body))}
        return HttpAnswer(200, {}, json.dumps(answer).encode())


def _taken(body: dict[str, Any]) -> dict[str, Any]:
    created = len(body.get("events", ()))
    return {"success": True, "failedContacts": [], "createdAmount": created, "failedAmount": 0}


def _missed(body: dict[str, Any]) -> dict[str, Any]:
    emails = [event["email"] for event in body["events"]]
    return {"success": True, "failedContacts": emails, "failedAmount": len(emails)}


def _refused(body: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "message": ["externalId is not unique"]}


def events(count: int) -> list[ExternalEvent]:
    """The events of the bench."""
    return [ExternalEvent.model_validate(event) for event in payload.events(count)]


class Scale:
    """One server; weighs what its keys hold."""

    def __init__(self, redis_url: str) -> None:
        self._settings = Settings.model_validate({"accounts": {"default": ACCOUNT}})
        self.store = Store(Redis.from_url(redis_url), self._settings.keys)
        self.keys = self.store.keys
        self.producer = Producer(self._settings, redis_url)
        self.api = Api()
        self._context = AccountContext(
            store=self.store,
            account=self._settings.account("default"),
            system=SYSTEM.adapter,
            http=self.api,  # type: ignore[arg-type]
            pool=ThreadPoolExecutor(1),
            budget=3600.0,
            journal_length=10**6,
            results_length=10**6,
            stopping=lambda: False,
        )

    def put(self, messages: Sequence[Message], keys: bool = False) -> Lane:
        """`keys`: each with an idempotency key."""
        self.producer.send_all(
            [
                Outgoing(message, idempotency_key=f"order-{number}" if keys else None)
                for number, message in enumerate(messages)
            ]
        )
        return Lane("default", messages[0].lane_operation())

    def deliver(self, lane: Lane) -> None:
        while self.store.client.xlen(self.keys.stream(lane)):
            deliver(lane, self._context)

    def weigh(self, *keys: str) -> int:
        """Bytes of these keys, every element counted."""
        return sum(int(self.store.client.memory_usage(key, samples=0) or 0) for key in keys)


def measure(scale: Scale) -> Iterator[tuple[str, float, int]]:
    """What, its bytes per message, and the bytes of the message's own JSON."""
    count, keys = BATCH * BATCHES, scale.keys
    contacts = [ContactUpsert.model_validate(upsert) for upsert in upserts(count)]
    size = sum(len(message.payload()) for message in contacts) // count
    lane = scale.put(contacts)
    yield "upsert, waiting", scale.weigh(keys.stream(lane)) / count, size
    scale.deliver(lane)
    yield "upsert, in an open job", scale.weigh(keys.jobs, keys.jobs_body) / count, size
    yield "a journal's line (per batch)", scale.weigh(keys.journal) / BATCHES, 0
    lane = scale.put(events(count), keys=True)
    yield "event, waiting", scale.weigh(keys.stream(lane)) / count, payload.ITEM_BYTES
    once = [key.decode() for key in scale.store.client.scan_iter(f"{keys.once}*", 1000)]
    yield "an idempotency key", scale.weigh(*once) / count, 0
    scale.api.answer = _missed
    scale.deliver(lane)
    parked = (keys.parked, keys.parked_body, keys.parked_by_contact("default"))
    yield "event, parked", scale.weigh(*parked) / count, payload.ITEM_BYTES
    scale.api.answer = _refused
    lane = scale.put(events(BATCH))
    scale.deliver(lane)
    yield "event, dead", scale.weigh(keys.dead, keys.dead_body) / BATCH, payload.ITEM_BYTES
    table = keys.newest_sent("default", "contact.upsert")
    yield "newest upserts (per account)", scale.weigh(table), 0


def main() -> int:
    """The exit status."""
    table = Table(title="bytes of Redis per message")
    for column in ("", "bytes", "its JSON", "ratio"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as name, running_server(Path(name)) as redis_url:
        for what, taken, size in measure(Scale(redis_url)):
            ratio = (f"{size:,}", f"{taken / size:.2f}") if size else ("", "")
            table.add_row(what, f"{taken:,.0f}", *ratio)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
