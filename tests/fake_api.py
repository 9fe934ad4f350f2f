"""An API that ends each of its calls as planned, and workers on the real engine that call it.

The engine, its scripts and Redis are the real ones. What is not is HTTP: a call's end is drawn.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from batchline.producers.lanes import Lane
from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.systems.requests import HttpAnswer, HttpCall
from batchline.worker.delivery import settle
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import Http, NoAnswer, TooLarge
from batchline.worker.delivery.lane import deliver
from batchline.worker.store.parking import unpark
from batchline.worker.store.store import Store

#: How a call ends: as it should, or with the answer or the worker lost, before or after it worked.
ENDS = ["fine", "lost before", "lost after", "killed before", "killed after", "503", "too large"]
#: The same for upserts, whose answers are never too large.
UPSERT_ENDS = ["fine", "fine", "lost before", "lost after", "killed before", "killed after", "500"]

#: One account of SALESmanago that never waits.
ACCOUNT = """
[accounts.default]
system = "salesmanago"
url = "http://127.0.0.1:9"
client_id = "c"
api_key = "k"
api_secret = "s"
owner = "o@vendor.pl"
verify_after = 0
backoff = {first = 0.001, max = 0.001}
parallel = 1
breaker = {streak = 1000, least = 100000}
suspects = {every = 0.001, until = 0.02}
"""
#: Upserts in batches of five.
OF_FIVE = """
[accounts.default.operations."contact.upsert"]
batch_size = 5
"""

#: An account whose lanes of coupons hold few messages, in small batches; more lines may follow.
BATCH, BACKLOG = 5, 40
SMALL_LANES = f"""
[accounts.default]
system = "salesmanago"
url = "http://127.0.0.1:9"
client_id = "c"
api_key = "k"
api_secret = "s"
owner = "o@vendor.pl"
[accounts.default.operations."coupon.redeem"]
linger = 0
batch_size = {BATCH}
backlog_limit = {BACKLOG}
"""


#: The state of a lane whose owner is long dead, and has been waited for.
OVER = {"until": 0, "overdue": 0}


class Killed(BaseException):
    """The worker is no more."""


class FakeApi:
    """Ends its calls as the plan says, and well once that is used up."""

    def __init__(self, plan: Iterable[str] = ()) -> None:
        self.plan = list(plan)
        self._one_at_a_time = threading.Lock()

    def send(self, call: HttpCall) -> HttpAnswer:
        """As `Http.send`."""
        with self._one_at_a_time:
            end = self.plan.pop(0) if self.plan else "fine"
            if end == "killed before":
                raise Killed
            if end == "lost before":
                raise NoAnswer("no answer within timeout.read")
            if end.isdigit():
                return HttpAnswer(int(end), {}, b"")
            answer = self.work(call.url, json.loads(call.body))
            if end == "lost after":
                raise NoAnswer("no answer within timeout.read")
            if end == "too large":
                raise TooLarge("the answer is larger than 10,000,000 bytes")
            if end == "killed after":
                raise Killed
            return HttpAnswer(200, {}, json.dumps(answer).encode())

    def close_idle(self) -> None:
        """As `Http.close_idle`: there are no connections."""

    def work(self, url: str, body: dict) -> dict:
        """What the call does, and the answer's body."""
        raise NotImplementedError


class Upserts(FakeApi):
    """Notes the values of each contact as they arrive; refuses a batch that holds a bad value."""

    def __init__(self, plan, bad=()):
        super().__init__(plan)
        self.bad = set(bad)
        self.arrived = {}

    def work(self, url, body):
        return self.upsert(body["upsertDetails"])

    def upsert(self, items):
        """The answer to a batch of upserts."""
        values = [(item["contact"]["email"], int(item["properties"]["n"])) for item in items]
        if any(value in self.bad for _, value in values):
            return {"success": False, "message": ["one of them is bad"]}
        for email, value in values:
            self.arrived.setdefault(email, []).append(value)
        return {"success": True, "message": [], "requestId": 1}


def configure(folder: Path, monkeypatch, text: str) -> Settings:
    """Settings of this text in force; read. Nothing is waited for but for Redis, and that long."""
    if "enqueue_timeout" not in text:
        text = f"enqueue_timeout = 60\n{text}"
    (folder / "batchline.toml").write_text(text)
    monkeypatch.setenv("BATCHLINE_CONFIG", str(folder / "batchline.toml"))
    return Settings.load()


def context_of(store: Store, settings: Settings, api: FakeApi | Http, parallel: int = 1):
    """What a worker needs to deliver the account `default` to this API."""
    account = settings.account("default")
    return AccountContext(
        store=store,
        account=account,
        system=systems()[account.system].adapter,
        http=api,  # type: ignore[arg-type]
        pool=ThreadPoolExecutor(parallel),
        budget=30.0,
        journal_length=1000,
        results_length=settings.results_length,
        stopping=lambda: False,
    )


def _comes_back_soon(store: Store) -> bool:
    """Bring parked messages back; False when none came, nor comes within a second."""
    if unpark(store):
        return True
    first = store.client.zrange(store.keys.parked, 0, 0, withscores=True)
    return bool(first) and first[0][1] < (time.time() + 1) * 1000


def work(
    context: AccountContext, lane: Lane, kills_at_settle: Iterable[bool] = (), rounds: int = 300
) -> None:
    """Workers one after the other, each until it dies, until the lane is empty for good.

    `kills_at_settle`: whether the worker dies before it settles its batch, batch after batch.
    Raises AssertionError when the lane is not empty after so many `rounds`.
    """
    kills, original = list(kills_at_settle), settle.settle
    client, keys = context.store.client, context.store.keys

    def dying(*arguments):
        if kills and kills.pop(0):
            raise Killed
        return original(*arguments)

    if kills:
        settle.settle = dying
    try:
        for _ in range(rounds):
            while client.xlen(keys.stream(lane)) == 0:
                if not _comes_back_soon(context.store):
                    return
            try:
                deliver(lane, context)
            except Killed:
                client.hset(keys.state(lane), mapping=OVER)
            client.hdel(keys.state(lane), "retry_at")
    finally:
        settle.settle = original
    raise AssertionError(f"the lane is not empty: {client.hgetall(keys.state(lane))}")
