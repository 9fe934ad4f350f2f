"""`batchline health` beside real workers."""

import json
import re
from pathlib import Path

import pytest

from batchline.worker.devstack.redis_server import EmbeddedRedis
from tests.builders import contact
from tests.waiting import until


def test_a_worker_that_delivers_is_alive_and_ready_and_one_that_ended_is_neither(stack):
    assert stack.run("health").returncode == 1
    worker = stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until_at_rest()
    until(lambda: stack.run("health", "--ready").returncode == 0)
    done = stack.run("health", "--live", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["workers"][0]["ok"]) == (0, True, True)
    assert told["workers"][0]["node"].startswith("worker@")
    assert stack.run("health", "--name", "other@shop").returncode == 1
    worker.stop()
    assert stack.run("health").returncode == 1


def test_a_worker_that_waits_for_redis_is_alive_and_not_ready(stack, tmp_path_factory):
    with EmbeddedRedis(tmp_path_factory.mktemp("other")) as server:
        text = stack.config.read_text()
        stack.config.write_text(
            "redis_timeout = 1\n" + text.replace(text.split('"')[1], server.url)
        )
        stack.worker()
        until(lambda: stack.run("health", "--ready").returncode == 0)
    (file,) = (stack.folder / "health").glob("*.json")
    looked_at = json.loads(file.read_text())["looked_at"]
    until(lambda: json.loads(file.read_text())["looked_at"] > looked_at + 2)
    beat = json.loads(file.read_text())
    assert beat["looked_at"] - beat["answered_at"] > 1
    assert stack.run("health", "--live").returncode == 0


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml"])
def test_the_checks_of_containers_are_commands_that_exist(stack, name):
    text = (Path(__file__).parents[2] / name).read_text()
    checks = [json.loads(found) for found in re.findall(r"\[[^\]]*\"health\"[^\]]*\]", text)]
    assert checks
    for check in checks:
        arguments = check[check.index("batchline") + 1 :]
        assert stack.run(*arguments).returncode == 1, "no worker runs, and it is no usage error"
