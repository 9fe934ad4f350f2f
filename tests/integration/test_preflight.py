"""What stops the start of a worker, whichever command starts it."""

import os
import subprocess
import sys

import certifi
import pytest

from batchline.producers import InvalidSettings, Settings, certificates
from batchline.worker.runtime.preflight import check
from tests.builders import contact
from tests.fake_api import ACCOUNT, configure

COMMANDS = {
    "batchline": ("batchline", "worker"),
    "celery": ("celery", "-A", "batchline.app", "worker"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_worker_without_accounts_does_not_start_and_says_what_to_add(
    command, tmp_path, redis_url
):
    (tmp_path / "batchline.toml").write_text(f'redis_url = "{redis_url}"\n')
    done = _run(command, tmp_path)
    assert (done.returncode, "[accounts.default]" in done.stdout) == (78, True), done.stdout
    assert "Traceback" not in done.stdout


def test_settings_that_cannot_be_read_stop_celerys_command_with_the_key_alone(tmp_path):
    (tmp_path / "batchline.toml").write_text("reddis_url = 1\n")
    done = _run(COMMANDS["celery"], tmp_path)
    assert done.returncode == 78
    assert "reddis_url" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_worker_whose_redis_is_away_does_not_start_and_ends_with_69(command, tmp_path):
    (tmp_path / "batchline.toml").write_text(f'redis_url = "redis://127.0.0.1:1/0"\n{ACCOUNT}')
    done = _run(command, tmp_path)
    assert (done.returncode, "redis_url" in done.stdout) == (69, True), done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("what", ["worker", "beat", "flower"])
def test_settings_of_no_use_end_each_of_celerys_commands_with_78(what, tmp_path):
    (tmp_path / "batchline.toml").write_text("[accounts.default]\nsystem = 'nobody'\n")
    done = _run(("celery", "-A", "batchline.app", what), tmp_path)
    assert (done.returncode, "accounts.default" in done.stdout) == (78, True), done.stdout


@pytest.mark.parametrize("persistent", ["yes", "no"])
def test_a_redis_that_forgets_at_its_restart_is_warned_of(
    persistent, redis_url, client, tmp_path, monkeypatch, caplog
):
    configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    before = client.config_get("appendonly")["appendonly"]
    client.config_set("appendonly", persistent)
    try:
        check(Settings.load())
    finally:
        client.config_set("appendonly", before)
    assert ("appendonly is no" in caplog.text) == (persistent == "no")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_worker_without_a_secret_or_on_a_redis_that_drops_messages_does_not_start(
    command, tmp_path, redis_url, client
):
    config = tmp_path / "batchline.toml"
    config.write_text(f'redis_url = "{redis_url}"\n{ACCOUNT}')
    before = client.config_get("maxmemory-policy")["maxmemory-policy"]
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        done = _run(command, tmp_path)
    finally:
        client.config_set("maxmemory-policy", before)
    assert (done.returncode, "maxmemory-policy is allkeys-lru" in done.stdout) == (78, True)
    config.write_text(config.read_text().replace('api_secret = "s"', 'api_secret_file = "gone"'))
    done = _run(command, tmp_path)
    told = "accounts.default.api_secret_file: gone: No such file" in done.stdout
    assert (done.returncode, told) == (78, True), done.stdout
    assert "Traceback" not in done.stdout


def test_a_policy_under_which_idempotency_keys_vanish_is_warned_of(
    redis_url, client, tmp_path, monkeypatch, caplog
):
    configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    before = client.config_get("maxmemory-policy")["maxmemory-policy"]
    client.config_set("maxmemory-policy", "volatile-ttl")
    try:
        check(Settings.load())
    finally:
        client.config_set("maxmemory-policy", before)
    assert "maxmemory-policy is volatile-ttl, under which idempotency keys vanish" in caplog.text


def test_a_worker_without_accounts_says_which_file_it_read(tmp_path, monkeypatch, redis_url):
    configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n')
    with pytest.raises(InvalidSettings, match=rf"those of {tmp_path}/\S+\.toml and of the"):
        check(Settings.load())


def test_the_authorities_are_read_once_however_many_accounts_believe_them(
    tmp_path, monkeypatch, redis_url
):
    read = []
    load = certificates.load
    monkeypatch.setattr(
        certificates, "load", lambda context, paths: (read.append(paths), load(context, paths))
    )
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    shops = "".join(ACCOUNT.replace("default", f"shop{number}") for number in range(50))
    check(configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{shops}'))
    assert read
    assert certifi.where() in read[0]
    assert len(read) < 5


def test_celerys_own_variables_lead_no_worker_to_another_broker(stack, monkeypatch):
    for name in ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"):
        monkeypatch.setenv(name, "redis://:hush@127.0.0.1:1/0")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "nonsense://hush")
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    assert stack.until_at_rest()["delivered"] == 1
    log = (stack.folder / "worker.log").read_text()
    assert "CELERY_BROKER_URL is set and not used: Batchline's broker is broker_url" in log
    assert "CELERY_RESULT_BACKEND is set and not used" in log
    assert "hush" not in log


def _run(command, folder):
    environment = {name: value for name, value in os.environ.items() if "BATCHLINE" not in name}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**environment, "BATCHLINE_CONFIG": str(folder / "batchline.toml")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
