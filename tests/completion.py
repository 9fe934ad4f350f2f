"""The file that a shell's Tab reads, from the commands: `make completion` writes it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from batchline.systems.registry import BUILT_IN
from batchline.worker.cli import tree
from batchline.worker.cli.root import batchline

FILE = Path(__file__).parents[1] / "worker/cli" / tree.NAME


def text() -> str:
    """What the file holds."""
    ours = {system.name: {one.name: one.lane for one in system.operations} for system in BUILT_IN}
    commands = tree.described(
        batchline, click.Context(batchline, info_name="batchline", **batchline.context_settings)
    )
    return json.dumps({"operations": ours, "batchline": commands}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
