"""`batchline up` without accounts: everything at hand, and nothing left beside real accounts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, until

DOCS = Path(__file__).parents[2] / "docs"


def test_every_example_of_the_documents_is_taken_and_the_sandbox_keeps_to_its_folder(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BATCHLINE_")}
    batchline = [sys.executable, "-m", "batchline"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        up = subprocess.Popen(
            [*batchline, "up", "--no-flower"], cwd=tmp_path, env=environment, stdout=output
        )
    try:
        until(lambda: up.poll() is not None or b"Try it" in log.read_bytes(), "all is up")
        assert up.poll() is None
        settings = tmp_path / ".batchline" / "batchline.toml"
        before = settings.read_bytes()
        second = subprocess.run(
            [*batchline, "up", "--flower-port", "1"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        where = f"runs already with {tmp_path / '.batchline'} (pid {up.pid})"
        assert (second.returncode, where in second.stderr) == (2, True), second.stderr
        assert settings.read_bytes() == before, "the first one's settings"
        text = "\n".join(path.read_text() for path in sorted(DOCS.glob("*.md")))
        lines = re.findall(r'^ *(\{"op".*\})$', text, re.MULTILINE)
        assert len({re.search('"op": "(.*?)"', line).group(1) for line in lines}) > 40
        done = subprocess.run(
            [*batchline, "enqueue", "-"],
            input="\n".join(lines).encode(),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / ".batchline" / "sandbox" / "redis.json").exists()
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(PATIENCE) == 0
    left = {path.name for path in (tmp_path / ".batchline").iterdir()}
    assert left == {"sandbox"}


def up(folder, **environment):
    """`batchline up` where it cannot start; what it printed."""
    others = {name: value for name, value in os.environ.items() if "BATCHLINE" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "batchline", "up", "--no-flower"],
        cwd=folder,
        env={**others, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode in (1, 2, 78), done.stdout
    assert done.stdout == ""
    return done.stderr


def test_a_data_folder_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    told = up(tmp_path, BATCHLINE_DATA_DIR="file/data")
    assert told.count("\n") == 1
    assert f"Error: {tmp_path / 'file' / 'data'}, where the data is kept, cannot be written" in told
    assert "BATCHLINE_DATA_DIR=FOLDER" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_in_one_line(tmp_path):
    tmp_path.chmod(0o500)
    told = up(tmp_path)
    assert told.count("\n") == 1
    assert "cannot be written: Permission denied" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_settings_that_may_not_be_read_are_told_in_a_line(tmp_path):
    (tmp_path / "batchline.toml").touch(mode=0o200)
    assert "batchline.toml cannot be read: Permission denied" in up(tmp_path)


def test_settings_of_ones_own_in_the_data_folder_are_not_replaced(tmp_path):
    own = tmp_path / ".batchline" / "batchline.toml"
    own.parent.mkdir()
    own.write_text('redis_url = "redis://127.0.0.1:1/0"\n[accounts.sm]\nsystem = "nonsense"\n')
    assert "accounts.sm.system: is unknown" in up(tmp_path)
    assert "nonsense" in own.read_text()
