"""A real Redis-protocol server, a real sandbox and real workers, for the tests that need them."""

from __future__ import annotations

import pytest
from hypothesis import settings

from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.sandbox.runner import Sandbox
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.store.store import Store
from tests.stack import Stack

#: `make test-fast` tries so many examples of each property.
# No example has a time limit: the machine may be busy.
settings.register_profile("all", deadline=None)
settings.register_profile("fast", max_examples=20, deadline=None)
settings.load_profile("all")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow each test that starts servers and workers of its own."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A server for the whole run."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(redis_url):
    """A connection to an empty server."""
    client = connect(redis_url, timeout=10)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def store(client):
    """The store on it, under the default prefix."""
    store = Store(client, Keys("batchline"))
    yield store
    store.connections.close()


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with Sandbox(create_delay=0.1, log=tmp_path_factory.mktemp("sandbox") / "log") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox):
    """A sandbox that remembers nothing."""
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture
def stack(tmp_path, store, redis_url, sandbox, monkeypatch):
    """Settings for server and sandbox, a producer, and workers on demand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATCHLINE_HEALTH_DIR", str(tmp_path / "health"))
    with Stack(tmp_path, redis_url, store, sandbox) as stack:
        monkeypatch.setenv("BATCHLINE_CONFIG", str(stack.config))
        yield stack
