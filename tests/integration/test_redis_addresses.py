"""Addresses of Redis with redis-py's options: everything works under each that is taken."""

from __future__ import annotations

import asyncio

import pytest

import batchline
from batchline.producers import AsyncProducer, Producer
from tests.builders import event


@pytest.fixture(
    params=[
        "decode_responses=yes&encoding=utf-16&encoding_errors=replace&protocol=2",
        "decode_responses=True&retry_on_timeout=True&retry_on_error=OSError&max_connections=1",
        "protocol=3&legacy_responses=false&client_name=shop&health_check_interval=1",
    ]
)
def url(request, redis_url):
    return f"{redis_url}{'&' if '?' in redis_url else '?'}{request.param}"


def test_messages_pass_under_an_address_with_options(stack, redis_url, url):
    results = '[accounts.default.operations."event.add"]\nresults = true'
    stack.configure((redis_url, url), ('[accounts.default.operations."event.add"]', results))
    stack.worker()

    async def send(message):
        async with AsyncProducer(stack.settings) as producer:
            return await producer.send(message)

    with stack.producer() as producer, Producer(stack.settings, url) as other:
        ids = {producer.send(event(1), idempotency_key="k"), other.send(event(2, "ż@shop.example"))}
        assert producer.send(event(1), idempotency_key="k") in ids
    ids.add(asyncio.run(send(event(3))))
    totals = stack.until_at_rest()
    assert (totals["delivered"] + totals["dead"], totals["backlog"]) == (3, 0)
    assert {one.message_id for one in batchline.results("crm", timeout=0)} == ids
    assert stack.run_json("status", "--json")["totals"]["backlog"] == 0
