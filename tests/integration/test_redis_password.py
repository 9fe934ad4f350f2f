"""A Redis that asks for a password: whoever has none, or a wrong one, is told what to write."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from redis.exceptions import RedisError

from batchline.producers import AsyncProducer, InvalidSettings, Producer, RedisUnavailable
from batchline.producers.redis_client import connect, described
from batchline.worker.cli.root import batchline
from batchline.worker.runtime.preflight import check
from batchline.worker.runtime.teller import Teller
from batchline.worker.troubles.kinds import KINDS
from tests.builders import contact
from tests.fake_api import ACCOUNT, configure

TOLD = "redis_url has no (or the wrong) password: redis://:PASSWORD@host"
WRONG = "hush-hush-1795"


@pytest.fixture(params=["", f":{WRONG}@", f"shop:{WRONG}@"], ids=["none", "wrong", "no such user"])
def settings(request, redis_url, tmp_path, monkeypatch):
    """Settings for the running server, whose password they do not have."""
    server = urlsplit(redis_url)
    assert server.password, "the server asks for one"
    url = f"redis://{request.param}{server.hostname}:{server.port}/0"
    return configure(tmp_path, monkeypatch, f'redis_url = "{url}"\n{ACCOUNT}')


def is_told(text):
    assert TOLD in text
    assert WRONG not in text
    assert ".." not in text
    return True


def test_an_application_is_told(settings):
    with Producer(settings) as producer:
        for call in (
            lambda: producer.send(contact("a@shop.example")),
            lambda: producer.api_id("x"),
        ):
            with pytest.raises(RedisUnavailable) as refused:
                call()
            assert is_told(str(refused.value))


def test_an_application_of_asyncio_is_told(settings):
    async def send():
        async with AsyncProducer(settings) as producer:
            await producer.send(contact("a@shop.example"))

    with pytest.raises(RedisUnavailable) as refused:
        asyncio.run(send())
    assert is_told(str(refused.value))


def test_every_command_is_told(settings):
    for command in (["status"], ["dead", "list"], ["resume", "default"]):
        done = CliRunner().invoke(batchline, command)
        assert done.exit_code == 69
        assert is_told(done.output)


def test_the_check_tells_it_with_the_words_and_the_level_of_the_log(settings, caplog):
    checked = CliRunner().invoke(batchline, ["status", "--check"])
    assert checked.exit_code == 1
    assert is_told(checked.output)
    with pytest.raises(RedisError) as away:
        connect(settings.lanes_url(), 5).ping()
    Teller().redis_is_away(away.value)
    (record,) = caplog.records
    assert is_told(record.getMessage())
    level = KINDS["redis_away"].level
    assert record.levelno == level
    assert checked.output.startswith(f"{logging.getLevelName(level)} redis_away: ")
    assert KINDS["redis_away"].do in checked.output


def test_a_worker_does_not_start_and_names_the_setting_once(settings):
    with pytest.raises(RedisUnavailable) as refused:
        check(settings)
    assert is_told(str(refused.value))
    assert str(refused.value).count("redis_url") == 1


def test_a_worker_does_not_start_with_a_broker_of_another_password(settings, redis_url):
    elsewhere = {"redis_url": redis_url, "broker_url": settings.redis_url}
    with pytest.raises(InvalidSettings, match=r"^broker_url has no") as refused:
        check(settings.model_copy(update=elsewhere))
    assert WRONG not in str(refused.value)


def test_a_failure_of_another_kind_keeps_its_own_words():
    with pytest.raises(RedisError) as away:
        connect("redis://127.0.0.1:1/0", 1).ping()
    assert described(away.value) == str(away.value).removesuffix(".")
    assert "password" not in described(away.value)
