"""The heartbeat that probes read: what it says of a worker, and where it is kept."""

import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner

from batchline.worker.cli import health
from batchline.worker.runtime import heartbeat
from batchline.worker.runtime.heartbeat import Beat, Heartbeat, what_is_wrong

WELL = Beat("celery@shop", 1, looked_at=1000.0, answered_at=1000.0, is_stuck=False, live_for=80.0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHLINE_HEALTH_DIR", str(tmp_path / "health"))
    return tmp_path / "health"


@pytest.mark.parametrize(
    ("beat", "now", "live", "ready"),
    [
        (WELL, 1001, "", ""),
        (WELL, 1081, "restart it", "restart it"),
        (WELL, 999, "since the machine started", "since the machine started"),
        (replace(WELL, answered_at=960.0), 1001, "", "has not answered it for 41 s"),
        (replace(WELL, answered_at=None), 1001, "", "not answered it yet"),
        (replace(WELL, is_stuck=True), 1001, "", "begins none of them"),
    ],
    ids=["well", "hangs", "another boot", "redis away", "redis never came", "begins nothing"],
)
def test_a_worker_is_alive_while_it_comes_round_and_ready_while_it_can_deliver(
    beat, now, live, ready
):
    for is_for_ready, told in ((False, live), (True, ready)):
        text = what_is_wrong(beat, now, is_for_ready)
        assert bool(text) == bool(told)
        assert told in text


def test_what_is_written_is_read_and_is_for_the_owner_alone(folder):
    writer = Heartbeat("orders@shop/1", redis_timeout=10)
    writer.answered()
    writer.write(is_stuck=False)
    (beat,) = heartbeat.read()
    assert (beat.node, beat.pid, beat.is_stuck, beat.live_for) == (
        "orders@shop/1",
        os.getpid(),
        False,
        80,
    )
    assert what_is_wrong(beat, time.monotonic(), is_for_ready=True) == ""
    assert heartbeat.read("another@shop") == []
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    writer.end()
    assert heartbeat.read() == []


def test_a_worker_that_was_killed_is_none_and_the_next_one_clears_its_file(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder.mkdir()
    file = folder / f"celery@shop.{ended.pid}.json"
    file.write_text(json.dumps(asdict(replace(WELL, pid=ended.pid))))
    others = folder / f"others.{ended.pid}.json"
    others.write_text('{"not": "ours"}')
    assert heartbeat.read() == []
    Heartbeat("celery@shop", redis_timeout=10)
    assert not file.exists()
    assert others.exists()


def test_a_folder_of_somebody_else_is_not_written_into(folder, tmp_path):
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError, match="BATCHLINE_HEALTH_DIR names another"):
        Heartbeat("celery@shop", redis_timeout=10).write(is_stuck=False)


def test_the_probe_loads_neither_celery_nor_redis_nor_the_settings(folder):
    code = (
        "import sys\n"
        "from batchline.worker import cli\n"
        "sys.argv = ['batchline', 'health']\n"
        "try:\n"
        "    cli.main()\n"
        "except SystemExit as end:\n"
        "    heavy = {'celery', 'redis', 'pydantic', 'requests', 'kombu'} & {*sys.modules}\n"
        "    print(end.code, sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"
    assert "No worker runs here" in done.stderr


def test_of_two_workers_of_one_name_the_one_that_hangs_is_told(folder):
    Heartbeat("celery@shop", redis_timeout=10).write(is_stuck=False)
    hangs = replace(WELL, pid=os.getppid(), looked_at=time.monotonic() - 100)
    (folder / "celery@shop.other.json").write_text(json.dumps(asdict(hangs)))
    done = CliRunner().invoke(health.command, ["--live"])
    assert done.exit_code == 1
    assert "has not looked at the due lanes for 10" in done.output
    assert "celery@shop: live" in done.output
