"""The short form of `make chaos`: a minute of faults, and the rest until nothing waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Which kinds come within the minute, `--plan` shows; `make chaos` has them all.
SEED = 1


@pytest.mark.timeout(900)
def test_every_obligation_is_met_after_a_minute_of_every_fault(tmp_path):
    command = ["-m", "tests.chaos", "--minutes", "1", "--seed", str(SEED)]
    done = subprocess.run(
        [sys.executable, *command, "--folder", str(tmp_path / "chaos")],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
