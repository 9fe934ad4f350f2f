"""What stops the start of a worker, whichever command starts it."""

import os
import subprocess
import sys

import pytest

from batchline.producers import Settings
from batchline.worker.runtime.preflight import check
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
    assert (done.returncode, "[accounts.default]" in done.stdout) == (2, True), done.stdout
    assert "Traceback" not in done.stdout


def test_settings_that_cannot_be_read_stop_celerys_command_with_the_key_alone(tmp_path):
    (tmp_path / "batchline.toml").write_text("reddis_url = 1\n")
    done = _run(COMMANDS["celery"], tmp_path)
    assert done.returncode != 0
    assert "reddis_url" in done.stdout
    assert "Traceback" not in done.stdout


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
