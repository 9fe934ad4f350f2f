"""A Redis whose clock a test can move, with a store, settings and a producer on it."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.producers.redis_client import connect
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.delivery.lane import deliver
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.store import redis_clock
from batchline.worker.store.store import Store
from tests.fake_api import ACCOUNT, configure
from tests.moved_clock import MovedClock
from tests.waiting import until

LANE = Lane("default", "coupon.redeem")
HOST = "api:443"
DAY = 86_400
#: Milliseconds for which a test may run.
SOON = 60_000
STEPS = pytest.mark.parametrize("seconds", [DAY, -DAY, 600, -600])
CONFIG = ACCOUNT + '[accounts.default.operations."coupon.redeem"]\nlinger = 0\n'


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock, tmp_path_factory):
    with clock.given():
        redis = EmbeddedRedis(tmp_path_factory.mktemp("redis")).start()
    yield redis
    redis.stop()


@pytest.fixture
def store(clock, server):
    """A store whose clock was looked at once."""
    client = connect(server.url, timeout=10)
    store = Store(client, Keys("batchline"))
    step(clock, store, 0)
    client.flushall()
    redis_clock.look(store)
    yield store
    client.close()


@pytest.fixture
def settings(server, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{server.url}"\n{CONFIG}')


@pytest.fixture
def producer(settings):
    with Producer(settings) as producer:
        yield producer


def coupon(number):
    return CouponRedemption(email="eve@shop.example", coupon=f"S{number}")


def own_ms(store):
    """UNIX ms of Redis' own clock."""
    seconds, micros = store.client.time()
    return seconds * 1000 + micros // 1000


def step(clock, store, seconds):
    """Let Redis' clock be ahead by so many seconds, and wait until Redis has noticed."""
    before, difference = own_ms(store), abs(seconds - clock.seconds)
    clock.move(seconds)
    until(lambda: abs(own_ms(store) - before) >= difference * 900, "Redis has noticed")


def work_once(context):
    return deliver(LANE, context).note
