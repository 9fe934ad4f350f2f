"""`batchline up` without accounts: everything at hand, and nothing left beside real accounts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

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
        deadline = time.monotonic() + 60
        while b"Try it" not in log.read_bytes():
            assert up.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        second = subprocess.run(
            [*batchline, "up", "--flower-port", "1"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, "runs already" in second.stderr) == (1, True), second.stderr
        assert (tmp_path / ".batchline" / "batchline.toml").exists(), "the first one's settings"
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
        assert up.wait(60) == 0
    left = {path.name for path in (tmp_path / ".batchline").iterdir()}
    assert left == {"sandbox"}
