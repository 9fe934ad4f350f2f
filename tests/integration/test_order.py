"""Per contact, upserts arrive in the order enqueued: whatever fails, splits or competes."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.adapter import Salesmanago
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.integration.test_exactly_once import CONFIG, Killed

LANE = Lane("default", "contact.upsert")
ENDS = ["fine", "fine", "lost before", "lost after", "killed before", "killed after", "500"]


class Api:
    """Notes the values of each contact as they arrive; refuses a batch that holds a bad value."""

    def __init__(self, plan, bad):
        self.plan = list(plan)
        self.bad = bad
        self.arrived = {}
        self._one_at_a_time = threading.Lock()

    def send(self, call):
        with self._one_at_a_time:
            end = self.plan.pop(0) if self.plan else "fine"
            if end == "killed before":
                raise Killed
            if end == "lost before":
                raise NoAnswer("no answer within timeout.read")
            if end == "500":
                return HttpAnswer(500, {}, b"")
            answer = self._work(json.loads(call.body)["upsertDetails"])
            if end == "lost after":
                raise NoAnswer("no answer within timeout.read")
            if end == "killed after":
                raise Killed
            return HttpAnswer(200, {}, json.dumps(answer).encode())

    def _work(self, items):
        values = [(item["contact"]["email"], int(item["properties"]["n"])) for item in items]
        if any(value in self.bad for _, value in values):
            return {"success": False, "message": ["one of them is bad"]}
        for email, value in values:
            self.arrived.setdefault(email, []).append(value)
        return {"success": True, "message": [], "requestId": 1}


def make_engine(client, loaded, api):
    account = loaded.account("default")
    return AccountContext(
        client, account, Salesmanago(), api, ThreadPoolExecutor(2), 30.0, 1000, lambda: False
    )


def work(context):
    """Workers one after the other, each until it dies, until the lane is empty."""
    for _ in range(300):
        if context.redis.xlen(LANE.stream) == 0:
            return
        try:
            deliver(LANE, context)
        except Killed:
            context.redis.hset(LANE.state, "until", 0)
        context.redis.hdel(LANE.state, "retry_at")
    raise AssertionError("the lane is never empty")


def test_upserts_of_a_contact_are_never_overtaken(client, redis_url, tmp_path, monkeypatch):
    config = CONFIG.format(url=redis_url, policy="resend")
    (tmp_path / "batchline.toml").write_text(
        f'{config}\n[accounts.default.operations."contact.upsert"]\nbatch_size = 5\n'
    )
    monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
    loaded = Settings.load()

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        contacts=st.lists(st.sampled_from("abc"), min_size=1, max_size=25),
        plan=st.lists(st.sampled_from(ENDS), max_size=15),
        bad=st.sets(st.integers(0, 24), max_size=3),
        workers=st.integers(1, 3),
    )
    def never_overtaken(contacts, plan, bad, workers):
        client.flushall()
        with Producer(loaded) as producer:
            producer.send_many(
                [
                    ContactUpsert.model_validate(
                        {"contact": {"email": f"{who}@shop.example"}, "properties": {"n": str(n)}}
                    )
                    for n, who in enumerate(contacts)
                ]
            )
        api = Api(plan, bad)
        threads = [
            threading.Thread(target=work, args=(make_engine(client, loaded, api),))
            for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for who in set(contacts):
            sent = [n for n, one in enumerate(contacts) if one == who and n not in bad]
            arrived = api.arrived.get(f"{who}@shop.example", [])
            # What was sent twice may arrive twice; nothing new arrives after something newer.
            first_times = [n for i, n in enumerate(arrived) if n not in arrived[:i]]
            assert first_times == sorted(first_times)
            assert arrived[-1:] == sent[-1:]
        totals = status.read(client).totals
        assert totals["accepted"] == totals["delivered"] + totals["dead"]
        # A bad value that a later one overwrites in the same item is never seen.
        assert totals["dead"] <= len(bad)

    never_overtaken()
