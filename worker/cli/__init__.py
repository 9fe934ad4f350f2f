"""The command line: `batchline COMMAND`. One module per command, loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> None:
    """The console script."""
    from batchline.systems.errors import UnusablePlugin

    if sys.argv[1:2] == ["health"]:  # a probe: it must not load what commands load
        from batchline.worker.cli.health import command

        command(sys.argv[2:], "batchline health")

    # Whatever is written here, by Celery's --logfile and --statedb too, is for the owner only.
    os.umask(0o077)

    if os.environ.get("_BATCHLINE_COMPLETE", "").endswith("_complete"):
        from batchline.worker.cli import tab  # whoever presses Tab waits

        tab.answer()

    gc.disable()  # imports make many objects, and hardly any garbage
    try:
        from batchline.worker.cli.root import batchline
    except UnusablePlugin as error:
        _fail(str(error))
    except ImportError as error:
        from batchline.producers import extras

        _fail(extras.explained(error))
    gc.freeze()
    gc.enable()
    batchline()


def _fail(text: str) -> NoReturn:
    """Say why no command can be called, and end as one that could not do its work."""
    from batchline.worker.cli import exit_codes

    sys.stderr.write(f"batchline: {text}\n")
    sys.exit(exit_codes.USAGE)
