"""Alerts that workers tell by themselves: one at a time, at least once, and when they are over."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from dataclasses import replace

import pytest

from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings
from batchline.producers.settings_watching import Alerts
from batchline.worker.alerts import evaluate, notify
from batchline.worker.alerts import store as kept
from batchline.worker.alerts.evaluate import Key
from batchline.worker.alerts.table import BY_NAME
from batchline.worker.alerts.watcher import Watcher
from batchline.worker.cli import exit_codes
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.metrics.source import Source
from batchline.worker.store import clock, pause
from batchline.worker.store.store import Store
from tests import builders, forked, monitoring
from tests.waiting import PATIENCE, until

SECRET = "T0KEN-of-the-hook"


@pytest.fixture
def webhook():
    webhook = monitoring.Webhook()
    yield webhook
    webhook.close()


def tell(stack, webhook, form: str = "json", every: float = 1) -> None:
    """Have the stack's workers tell the webhook."""
    url = f"{webhook.url}/{SECRET}"
    text = stack.config.read_text()
    top = f'alerts = {{url = "{url}", form = "{form}", every = {every}}}\n'
    stack.config.write_text(top + text)


@pytest.fixture
def opened():
    """The sources that a test has opened; they are closed behind it."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def watcher_of(opened):
    """A watcher of its own, as of another worker."""

    def watcher(settings) -> Watcher:
        source = Source.open(settings, by_partition=False)
        opened.callback(source.close)
        return Watcher(settings, source)

    return watcher


def refuse_credentials(stack) -> None:
    """A lane that is paused, as after a 401: its alert is told at once."""
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    pause.pause(stack.store, "default", "credentials refused: HTTP 401")


@pytest.mark.parametrize(
    ("status", "takes_it"), [(200, True), (202, True), (302, False), (500, False)]
)
def test_the_status_says_whether_it_is_told_whatever_became_of_the_body(webhook, status, takes_it):
    webhook.status, webhook.is_cut = status, True
    with nullcontext() if takes_it else pytest.raises(notify.NotTold, match=f"HTTP {status}"):
        notify.post(webhook.url, "json", [notify.sample()], Alerts(), "batchline")


def test_a_worker_tells_the_webhook_of_an_alert_and_of_its_end(stack, webhook):
    tell(stack, webhook)
    stack.worker("watching")
    refuse_credentials(stack)
    alert = webhook.wait_for("firing", "BatchlineCredentialsRefused")
    assert alert["labels"] == {
        "alertname": "BatchlineCredentialsRefused",
        "account": "default",
        "severity": "page",
        "deployment": "batchline",
    }
    assert "batchline resume default" in alert["annotations"]["description"]
    assert alert["annotations"]["runbook_url"].endswith("#batchlinecredentialsrefused")
    pause.resume(stack.store, "default")
    key = Key("BatchlineCredentialsRefused", ("default",))
    away = until(
        lambda: (state := kept.states(stack.store)[key]).away and state, "the end is noted"
    )
    kept.save(stack.store, {}, {key: replace(away, away=away.away - evaluate.CALM)})
    webhook.wait_for("resolved", "BatchlineCredentialsRefused")


def test_of_two_watchers_one_tells(stack, webhook, watcher_of):
    tell(stack, webhook)
    refuse_credentials(stack)
    first = watcher_of(stack.settings)
    second = watcher_of(stack.settings)
    for watcher in (first, second, first, second):
        watcher.tick()
    assert len(webhook.alerts("firing")) == 1


def test_another_watches_once_the_one_that_did_is_gone(stack, webhook, watcher_of):
    tell(stack, webhook)
    refuse_credentials(stack)
    assert kept.watches(Store(stack.client, stack.keys), 3)
    watcher = watcher_of(stack.settings)
    watcher.tick()
    assert webhook.posts == []
    stack.client.hset(stack.keys.alerts_watch, "until", 1)
    watcher.tick()
    assert webhook.names("firing") >= {"BatchlineCredentialsRefused"}


def test_a_webhook_that_fails_is_named_without_its_address_and_told_later(
    stack, webhook, caplog, monkeypatch, watcher_of
):
    tell(stack, webhook)
    refuse_credentials(stack)
    webhook.status = 500
    watcher = watcher_of(stack.settings)
    watcher.tick()
    watcher.tick()
    lines = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(lines) == 1
    assert "127.0.0.1 answers HTTP 500" in lines[0]
    assert SECRET not in caplog.text
    webhook.status = 200
    watcher._again_at = 0.0  # the pause is over
    watcher.tick()
    assert webhook.names("firing") >= {"BatchlineCredentialsRefused"}
    assert "alerts are told again" in caplog.text


def test_a_webhook_that_nobody_answers_at_is_named_by_its_host(stack, webhook, caplog, watcher_of):
    tell(stack, webhook)
    refuse_credentials(stack)
    webhook.close()
    watcher_of(stack.settings).tick()
    assert "127.0.0.1: connection refused. They wait, and are tried again" in caplog.text
    assert SECRET not in caplog.text


def test_what_a_watcher_had_not_told_when_it_died_is_told_by_the_next(stack, webhook, watcher_of):
    tell(stack, webhook)
    refuse_credentials(stack)

    def dies(*arguments):
        raise KeyboardInterrupt

    dying = watcher_of(stack.settings)
    dying._post = dies
    with pytest.raises(KeyboardInterrupt):
        dying.tick()
    stack.client.hset(stack.keys.alerts_watch, "until", 1)
    watcher_of(stack.settings).tick()
    assert webhook.names("firing") >= {"BatchlineCredentialsRefused"}


def test_slack_gets_a_text_with_what_to_do_and_the_page(stack, webhook, watcher_of):
    tell(stack, webhook, form="slack")
    refuse_credentials(stack)
    watcher_of(stack.settings).tick()
    (post,) = webhook.posts
    assert set(post) == {"text"}
    assert "default: the API refuses the credentials" in post["text"]
    assert "docs/alerts.md#batchlinecredentialsrefused" in post["text"]


def test_the_test_command_tells_the_webhook_and_says_when_it_cannot(stack, webhook):
    done = stack.run("alerts", "test")
    assert done.returncode == exit_codes.CONFIGURATION
    assert b"alerts.url: is not set" in done.stderr
    tell(stack, webhook)
    assert stack.run("alerts", "test").returncode == 0
    assert webhook.names("firing") == {notify.TEST}
    webhook.status = 404
    done = stack.run("alerts", "test")
    assert done.returncode == 1
    assert b"answers HTTP 404" in done.stderr
    assert SECRET.encode() not in done.stderr


def test_the_address_may_stand_in_a_file_which_only_those_who_tell_need(stack, webhook):
    file = stack.folder / "url"
    stack.config.write_text(f'alerts = {{url_file = "{file}"}}\n{stack.config.read_text()}')
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    done = stack.run("alerts", "test")
    assert done.returncode == exit_codes.CONFIGURATION
    assert b"alerts.url_file" in done.stderr
    file.write_text(f"{webhook.url}\n")
    assert stack.run("alerts", "test").returncode == 0
    assert SECRET not in stack.run("config").stdout.decode()


def test_the_address_is_masked_where_settings_are_shown(stack, webhook):
    tell(stack, webhook)
    assert SECRET.encode() not in stack.run("config").stdout
    assert SECRET not in repr(stack.settings)


def test_the_command_shows_what_holds_now_and_exits_by_it(stack):
    done = stack.run("alerts")
    assert done.returncode == 1  # there is no worker
    assert b"BatchlineNoWorker" in done.stdout
    refuse_credentials(stack)
    done = stack.run("alerts", "--json")
    shown = {one["alert"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert shown["BatchlineCredentialsRefused"]["labels"] == {"account": "default"}
    pause.resume(stack.store, "default")
    stack.worker("first")
    stack.until_at_rest()
    done = stack.run("alerts")
    assert (done.returncode, done.stdout) == (0, b"OK: no alert\n")


def test_dead_letters_are_told_by_their_growth_since_the_watcher_looked_first(
    stack, webhook, watcher_of
):
    tell(stack, webhook)
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    watcher = watcher_of(stack.settings)
    watcher.tick()
    assert not webhook.names("firing") & {"BatchlineDeadLetters"}
    stack.sandbox.control.fault("reject", times=1)
    stack.worker("first")
    stack.until(lambda now: now.totals["dead"] == 1)
    watcher._source._read_at = float("-inf")
    watcher.tick()
    alert = webhook.wait_for("firing", "BatchlineDeadLetters")
    assert alert["labels"]["reason"] == "rejected"


def test_a_redis_that_is_away_is_told_by_the_worker_that_watched_and_its_return_too(
    tmp_path, webhook, monkeypatch, watcher_of
):
    with EmbeddedRedis(tmp_path) as server:
        config = tmp_path / "batchline.toml"
        config.write_text(
            f'redis_url = "{server.url}"\nalerts = {{url = "{webhook.url}", every = 1}}\n'
        )
        monkeypatch.setenv("BATCHLINE_CONFIG", str(config))
        settings = Settings.load()
        watching, other = (watcher_of(settings) for _ in range(2))
        watching.tick()
        other.tick()
        server.kill()
        for watcher in (other, watching):
            again(watcher)
            assert webhook.posts == []  # not for long enough
            watcher._away_since = clock.seconds() - BY_NAME["BatchlineStoreDown"].lasts
            again(watcher)
            again(watcher)
        assert [one["labels"]["alertname"] for one in webhook.alerts("firing")] == [
            "BatchlineStoreDown"
        ]
        server.restart()
        until(lambda: again(watching) or webhook.names("resolved"), "a look finds Redis back")
        assert webhook.names("resolved") == {"BatchlineStoreDown"}


def test_a_full_redis_keeps_the_states_of_alerts(tmp_path, webhook, monkeypatch, watcher_of):
    with EmbeddedRedis(tmp_path) as server:
        config = tmp_path / "batchline.toml"
        config.write_text(f'redis_url = "{server.url}"\nalerts = {{url = "{webhook.url}"}}\n')
        monkeypatch.setenv("BATCHLINE_CONFIG", str(config))
        settings = Settings.load()
        watcher = watcher_of(settings)
        with connect(server.url, 5) as client:
            client.config_set("maxmemory", 1)
            watcher.tick()
            store = Store(client, settings.keys)
            assert Key("BatchlineRedisMemory", ("lanes",)) in kept.states(store)
            assert len(kept.history(store)) == 1


def again(watcher):
    """A look, however short ago the last one was."""
    watcher._source._read_at = float("-inf")
    watcher.tick()


def test_a_process_beside_the_workers_tells_that_there_are_none(stack, webhook):
    tell(stack, webhook)
    log = stack.folder / "watch.log"
    environment = {"BATCHLINE_CONFIG": str(stack.config)}
    watch = forked.Forked("watch", ["alerts", "watch"], environment, log)
    try:
        key = Key("BatchlineNoWorker", ())
        seen = until(lambda: kept.states(stack.store).get(key), "it is noted")
        lasts = round(BY_NAME["BatchlineNoWorker"].lasts * 1000)
        kept.save(stack.store, {}, {key: replace(seen, since=seen.since - lasts)})
        webhook.wait_for("firing", "BatchlineNoWorker")
        watch.send_signal(15)
        assert watch.wait(PATIENCE) == 0
    finally:
        watch.kill()
