"""`batchline doctor` on a good set-up, and on broken ones: each is told with what mends it."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import pytest

from batchline.producers.lanes import Lane
from batchline.worker.cli.doctor import CHECKS, NAMES
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.doctor import run
from batchline.worker.doctor.finding import Setup
from batchline.worker.store import pause, releases
from tests.builders import contact
from tests.fake_api import ACCOUNT


@pytest.fixture(scope="module")
def broker_url(tmp_path_factory):
    """A server of its own for Celery."""
    with EmbeddedRedis(tmp_path_factory.mktemp("broker")) as server:
        yield server.url


@pytest.fixture
def good(stack, broker_url):
    """A set-up as it should be, but for its workers."""
    stack.configure(("dispatch_every", f'broker_url = "{broker_url}"\ndispatch_every'))
    stack.config.chmod(0o600)
    return stack


def examined(*checks, offline=True):
    """Check -> what was found, as pairs of text and fix; and what the whole says."""
    results = list(run.run(Setup(offline), checks, CHECKS))
    return {one.check.name: one for one in results}


def told(result, mark="wrong"):
    """The texts and fixes of one mark."""
    return [(one.text, one.fix) for one in result.findings if one.mark == mark]


def add(stack, line):
    stack.config.write_text(f"{line}\n{stack.config.read_text()}")


def test_a_good_set_up_passes_every_check(good):
    good.worker()
    with good.producer() as producer:
        producer.send(contact("ann@shop.example"))
    good.until_at_rest()
    done = good.run("doctor", "--json")
    found = json.loads(done.stdout)
    # A machine that is busy may answer its PINGs slowly.
    doubts = [
        finding["text"]
        for one in found["checks"]
        for finding in one["findings"]
        if finding["mark"] != "well" and "PINGs" not in finding["text"]
    ]
    assert (done.returncode, found["ok"], doubts) == (0, True, [])
    assert [one["check"] for one in found["checks"]] == NAMES
    shown = good.run("doctor", "-v").stdout.decode()
    assert "✓ accounts    default (salesmanago at 127.0.0.1:" in shown
    assert "the API takes the credentials" in shown
    assert "1 accepted = 1 delivered" in shown
    assert "20 PINGs: median" in shown
    short = good.run("doctor").stdout.decode()
    assert "the API takes the credentials (and 2 more: -v)" in short, "all are looked at"
    checks = [line.split()[1] for line in short.splitlines()]
    assert [name for name in checks if name in NAMES] == NAMES


def test_offline_no_api_is_called(good):
    assert examined("accounts")["accounts"].mark == "skipped"
    assert good.sandbox.control.requests() == []


def test_an_unknown_setting_is_named_and_what_needs_the_settings_is_skipped(good):
    add(good, 'redis_ulr = "redis://127.0.0.1:6379/0"')
    done = good.run("doctor", "--offline")
    shown = done.stdout.decode()
    assert done.returncode == 1
    assert "redis_ulr: there is no such setting" in shown
    assert "→ mend each key that is named" in shown
    assert "- redis       skipped: it needs settings" in shown


def test_a_secret_that_is_not_here_is_named_with_its_account(good):
    text = good.config.read_text()
    line = next(row for row in text.splitlines() if row.startswith("api_secret"))
    good.config.write_text(text.replace(line, 'api_secret_file = "/nowhere/api_secret"'))
    found = examined("settings", "accounts", offline=False)
    ((text, fix),) = told(found["settings"])
    assert "accounts.default.api_secret_file: /nowhere/api_secret: No such file" in text
    assert "a file that this user can read" in fix
    assert found["accounts"].mark == "skipped"
    ((text, _),) = told(found["accounts"], "skipped")
    assert "api_secret is not here: give it to this process" in text


def test_a_file_with_secrets_that_others_read_or_change_is_told_with_the_command(good):
    good.config.chmod(0o646)
    found = dict(told(examined("settings")["settings"], "doubtful"))
    assert sorted(found.values()) == [f"chmod go-r {good.config}", f"chmod go-w {good.config}"]
    good.config.chmod(0o600)
    secret = good.folder / "secret"
    secret.write_text("s3cret")
    secret.chmod(0o640)
    text = good.config.read_text()
    line = next(row for row in text.splitlines() if row.startswith("api_secret"))
    good.config.write_text(text.replace(line, f'api_secret_file = "{secret}"'))
    (found,) = told(examined("settings")["settings"], "doubtful")
    assert found[0] == (
        f"{secret}, accounts.default.api_secret_file, holds a secret and can be read by its group"
    )
    assert found[1] == f"chmod go-r {secret}"


def test_a_redis_that_is_away_is_told_with_its_address_and_without_its_password(good):
    url = good.settings.lanes_url()
    away = "redis://:hush-hush@127.0.0.1:1/0"
    good.config.write_text(good.config.read_text().replace(url, away))
    found = examined()
    ((text, fix),) = told(found["redis"])
    assert text.startswith("redis_url: ")
    assert fix == "start Redis at 127.0.0.1:1, database 0, or set redis_url to where it is"
    assert found["books"].findings[0].text == "skipped: it needs redis"
    assert found["broker"].mark == "well"
    assert "hush" not in repr(found)


def test_a_wrong_password_of_redis_is_told_as_such(good):
    url = good.settings.lanes_url()
    wrong = url.replace(urlsplit(url).password, "wrong-password")
    good.config.write_text(good.config.read_text().replace(url, wrong))
    ((text, _),) = told(examined("redis")["redis"])
    assert "redis_url has no (or the wrong) password" in text
    assert "wrong-password" not in text


def test_a_redis_that_drops_messages_and_keeps_none_over_a_restart_is_told(good):
    before = good.client.config_get("maxmemory-policy")["maxmemory-policy"]
    kept = good.client.config_get("appendonly")["appendonly"]
    good.client.config_set("maxmemory-policy", "allkeys-lru")
    good.client.config_set("appendonly", "no")
    try:
        found = examined("redis")["redis"]
    finally:
        good.client.config_set("maxmemory-policy", before)
        good.client.config_set("appendonly", kept)
    ((text, fix),) = told(found)
    assert "maxmemory-policy is allkeys-lru" in text
    assert fix.startswith("CONFIG SET maxmemory-policy noeviction;")
    fix = "CONFIG SET appendonly yes; and in its own file, for the next start"
    assert fix in [fix for _, fix in told(found, "doubtful")]


def test_a_redis_whose_memory_is_all_but_used_up_is_told(good):
    used = good.client.info("memory")["used_memory"]
    good.client.config_set("maxmemory", int(used * 1.03))
    try:
        found = examined("redis")["redis"]
    finally:
        good.client.config_set("maxmemory", 0)
    ((text, fix),) = told(found)
    assert "of maxmemory are used" in text
    assert "raise maxmemory" in fix


def test_a_replica_in_place_of_the_master_is_told(good):
    good.client.replicaof("127.0.0.1", "1")
    try:
        found = examined("redis", "scripts")
    finally:
        good.client.replicaof("NO", "ONE")
    ((text, fix),) = told(found["redis"])
    assert "is a replica" in text
    assert fix == "set redis_url to an address that follows the master"


def test_a_broker_that_is_away_is_told_and_one_on_the_lanes_server_is_doubted(stack):
    ((text, fix),) = told(examined("broker", "redis")["broker"], "doubtful")
    assert "is the server that holds the lanes" in text
    assert "a server of its own: broker_url" in fix
    add(stack, 'broker_url = "redis://127.0.0.1:1/0"')
    ((text, fix),) = told(examined("broker")["broker"])
    assert text.startswith("broker_url: ")
    assert "set broker_url to where it is" in fix


def test_a_user_who_may_run_no_scripts_is_told_the_rights(good):
    good.client.acl_setuser(
        "poor",
        enabled=True,
        passwords=["+poor-pass"],
        keys=["*"],
        categories=["+@all"],
        commands=["-script|load", "-script"],
    )
    url = good.settings.lanes_url()
    parts = urlsplit(url)
    poor = f"redis://poor:poor-pass@{parts.hostname}:{parts.port}/0"
    good.config.write_text(good.config.read_text().replace(url, poor))
    try:
        found = examined("scripts")
    finally:
        good.client.acl_deluser("poor")
    assert told(found["scripts"])[0][1].startswith("give the user +@scripting")
    assert "poor-pass" not in repr(found)


def test_lanes_without_a_worker_are_told(good):
    with good.producer() as producer:
        producer.send(contact("ann@shop.example"))
    good.client.zadd(good.keys.due, {"default:contact.upsert:0": time.time() * 1000 - 610_000})
    found = examined("workers", "dispatcher")
    ((text, fix),) = told(found["workers"])
    assert "no worker has looked at these lanes in the last day" in text
    assert "batchline worker" in fix
    ((text, fix),) = told(found["dispatcher"], "doubtful")
    assert "nobody takes: 1, as default:contact.upsert:0 for 10 min" in text
    assert "start workers" in fix


def test_workers_of_several_releases_or_of_another_one_than_this_command_are_doubted(good):
    now = time.time() * 1000
    good.client.zadd(good.keys.workers, {"one": now, "other": now, "silent": now, "gone": 1.0})
    good.client.hset(good.keys.releases, mapping={"one": "0.0.1", "other": "0.0.2", "gone": "9"})
    ((text, fix),) = told(examined("workers")["workers"], "doubtful")
    assert text == "the workers are of several releases: 1 of 0.0.1, 1 of 0.0.2"
    assert "restart the older ones" in fix
    good.client.hset(good.keys.releases, "other", "0.0.1")
    ((text, _),) = told(examined("workers")["workers"], "doubtful")
    assert text == f"the workers are of release 0.0.1, this command of {releases.own()}"


def test_a_worker_tells_its_release_and_forgets_those_of_workers_that_are_gone(good):
    good.client.hset(good.keys.releases, "gone", "0.0.1")
    good.worker()
    good.until(lambda _: [*releases.told(good.store).values()] == [releases.own()])


def test_credentials_that_the_api_refuses_are_told_and_never_shown(good):
    secret = good.sandbox.client.api_secret
    good.config.write_text(good.config.read_text().replace(secret, "another-secret"))
    found = examined("accounts", offline=False)
    ((text, fix),) = told(found["accounts"])
    assert "the API refuses the credentials" in text
    assert fix.endswith("batchline resume default")
    assert "another-secret" not in repr(found)


@pytest.mark.parametrize(
    ("url", "text", "fix"),
    [
        ("http://127.0.0.1:1", "connection refused", "the API is down"),
        ("http://nowhere.invalid", "the host's name is not known", "the DNS of this machine"),
        ("https://127.0.0.1:{port}", "TLS", "does url name a port that speaks TLS"),
    ],
)
def test_an_api_that_cannot_be_reached_is_told_with_what_to_mend(good, url, text, fix):
    port = urlsplit(good.sandbox.url).port
    broken = good.config.read_text().replace(good.sandbox.url, url.format(port=port))
    good.config.write_text(broken)
    ((found, mend),) = told(examined("accounts", offline=False)["accounts"])
    assert text in found
    assert fix in mend


def test_a_pause_is_told_with_the_command_that_ends_it_and_without_addresses(good):
    pause.pause(good.store, "default", "Ann (ann@shop.example, +48 601 234 567) asked for it")
    ((text, fix),) = told(examined("paused")["paused"], "doubtful")
    assert text == "default is paused: Ann (***, ***) asked for it"
    assert fix == "batchline resume default"


def test_books_that_do_not_balance_are_told_with_the_lane_and_by_how_much(good):
    with good.producer() as producer:
        producer.send(contact("ann@shop.example"))
    lane = Lane("default", "contact.upsert")
    good.client.xtrim(good.keys.stream(lane), maxlen=0)
    ((text, fix),) = told(examined("books")["books"])
    assert text.startswith("default:contact.upsert:0: accepted differs from")
    assert text.endswith("by +1")
    assert "keep the journal" in fix


def test_a_trouble_that_lasts_is_told_with_what_to_do(good):
    good.client.sadd(good.keys.lanes, "no lane at all")
    found = examined("troubles")["troubles"]
    assert any("malformed" in text and fix for _, text, fix in found.findings)


def test_a_check_alone_shows_what_it_needs_only_where_that_is_wrong(good):
    assert [*examined("books")] == ["books"]
    good.config.write_text(f'redis_url = "redis://127.0.0.1:1/0"\n{ACCOUNT}')
    assert [*examined("books")] == ["redis", "books"]


def test_a_check_that_does_not_exist_is_a_mistake_of_usage(good):
    done = good.run("doctor", "redys")
    assert done.returncode == 2
    assert b"'redys' is not one of 'settings', 'redis'" in done.stderr
