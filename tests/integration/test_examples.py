"""The examples run, and show what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_fan_out_delivers_to_one_system_while_the_other_is_down_and_then_to_both(tmp_path):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "fan_out.py")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    while_down, _, when_back = done.stdout.partition("eSputnik is back:")
    lanes = ["default:contact.upsert:0", "default:event.add:0"]
    others = ["es:contact.upsert:0", "es:event.add_v2:0"]
    assert _rows(while_down) == dict.fromkeys(lanes, "delivered 1, waiting 0") | dict.fromkeys(
        others, "delivered 0, waiting 1, last error HTTP 503"
    )
    assert _rows(when_back) == dict.fromkeys([*lanes, *others], "delivered 1, waiting 0")


def _rows(text):
    rows = [row.split(maxsplit=1) for row in text.splitlines() if row.startswith("  ")]
    return {name: rest for name, rest in rows}
