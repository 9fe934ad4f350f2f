"""Per contact, upserts arrive in the order enqueued: whatever fails, splits or competes."""

from __future__ import annotations

import threading

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.inspection import status
from tests.fake_api import ACCOUNT, OF_FIVE, UPSERT_ENDS, Upserts, configure, context_of, work

LANE = Lane("default", "contact.upsert")


ONE_CAME_ALONE = (
    *("500", "lost before", "lost before", "500", "killed before", "fine", "lost after"),
    *("lost before", "500", "fine", "killed after", "lost after", "killed after", "lost before"),
)


def test_upserts_of_a_contact_arrive_in_the_order_enqueued(store, redis_url, tmp_path, monkeypatch):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{OF_FIVE}')

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    # A merged item is set aside, and comes back in the millisecond of its first message.
    @example(
        contacts="ababbbbc",
        plan=ONE_CAME_ALONE,
        bad={5},
        workers=1,
    )
    @given(
        contacts=st.lists(st.sampled_from("abc"), min_size=1, max_size=25),
        plan=st.lists(st.sampled_from(UPSERT_ENDS), max_size=15),
        bad=st.sets(st.integers(0, 24), max_size=3),
        workers=st.integers(1, 3),
    )
    def never_superseded(contacts, plan, bad, workers):
        store.client.flushall()
        with Producer(loaded) as producer:
            producer.send_many(
                [
                    ContactUpsert.model_validate(
                        {"contact": {"email": f"{who}@shop.example"}, "properties": {"n": str(n)}}
                    )
                    for n, who in enumerate(contacts)
                ]
            )
        api = Upserts(plan, bad)
        threads = [
            threading.Thread(target=work, args=(context_of(store, loaded, api, 2), LANE))
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
        totals = status.read(store).totals
        assert totals["accepted"] == totals["delivered"] + totals["dead"]
        # A bad value that a later one overwrites in the same item is never seen.
        assert totals["dead"] <= len(bad)

    never_superseded()
