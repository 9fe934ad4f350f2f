"""The rights of docs/operations.md are enough, for applications and for workers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchline.producers import Producer
from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.store.store import Store
from tests.builders import contact, event
from tests.stack import Stack

DOCUMENT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


@pytest.fixture
def server(tmp_path):
    """A Redis of this test alone: its users stay with it."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


def rights(user):
    """The words of that user's line in the document, behind its password."""
    (line,) = re.findall(rf"^ +ACL SETUSER {user} (.*)$", DOCUMENT, re.MULTILINE)
    return line.replace("PASSWORD", "secret").split()


def test_users_with_the_documented_rights_enqueue_deliver_and_look(
    tmp_path, server, sandbox, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with (
        connect(server.url, timeout=10) as client,
        Stack(tmp_path, server.url, Store(client, Keys("batchline")), sandbox) as stack,
    ):
        monkeypatch.setenv("BATCHLINE_CONFIG", str(stack.config))
        check_rights(stack)


def check_rights(stack):
    for user in ("shop", "worker"):
        stack.client.execute_command("ACL", "SETUSER", user, *rights(user))
        assert "-@dangerous" in rights(user)

    def act_as(user):
        text = stack.config.read_text()
        text = re.sub(r"redis://[^@]*@", f"redis://{user}:secret@", text)
        stack.config.write_text(text)

    act_as("shop")
    with Producer(stack.settings) as producer:
        act_as("worker")
        stack.worker()
        producer.send(contact("ann@shop.example"))
        producer.send_many([event(n) for n in range(20)])
        message_id = producer.send(event(20), idempotency_key="k", delay=0.1)
        assert producer.send(event(20), idempotency_key="k") == message_id
        stack.until_at_rest()
        producer.api_id(message_id)
    commands = [["status"], ["trace", message_id], ["metrics", "--once"], ["alerts"]]
    for command in (*commands, ["doctor", "--offline"]):
        done = stack.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    log = (stack.folder / "worker.log").read_text()
    assert "ermission" not in log.replace("shows neither INFO nor CONFIG", "")
    assert "See to it yourself that maxmemory-policy is noeviction" in log
    assert "`+info`" in DOCUMENT
    assert "INFO" in redis_check(stack)["text"]
    stack.client.execute_command("ACL", "SETUSER", "worker", "+info")
    assert "INFO" not in redis_check(stack)["text"]


def redis_check(stack):
    """The first that `batchline doctor redis` finds worth a word."""
    (checked,) = stack.run_json("doctor", "redis", "--json")["checks"]
    order = ("wrong", "doubtful", "well")
    return min(checked["findings"], key=lambda one: order.index(one["mark"]))
