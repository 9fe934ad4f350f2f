"""`python -m tests.chaos.worker`: a worker as `batchline worker`, with hooks for chaos.

It stops its own process (SIGSTOP) at a step of a delivery when it is asked to: the name of the step
is in the file $CHAOS_STOP_AT. With $CHAOS_RELEASE=newer it reads a newer format of entries as well.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batchline.worker.delivery import settle
from batchline.worker.delivery.http import Http
from batchline.worker.store import lease
from tests.chaos import releases

#: The variable that names the file, and the one that makes the worker a newer release's.
STOP_AT = "CHAOS_STOP_AT"
RELEASE = "CHAOS_RELEASE"
NEWER = "newer"

#: Where a worker can stop: before and after each of these, "claim before", "claim after", ...
PLACES: dict[str, tuple[Any, str]] = {
    "claim": (lease, "claim"),
    "mark": (lease, "renew"),
    "send": (Http, "send"),
    "settle": (settle, "settle"),
}
STEPS = tuple(f"{place} {side}" for place in PLACES for side in ("before", "after"))


def install(asked: Path) -> None:
    """Let this process stop, once, at the step that the file names."""

    def stop_at(step: str) -> None:
        try:
            if asked.read_text() != step:
                return
            asked.unlink()
        except FileNotFoundError:
            return  # nothing is asked, or another thread stops the process
        os.kill(os.getpid(), signal.SIGSTOP)

    for place, (owner, name) in PLACES.items():
        setattr(owner, name, _stopping(place, getattr(owner, name), stop_at))


def _stopping(
    place: str, original: Callable[..., Any], stop_at: Callable[[str], None]
) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        stop_at(f"{place} before")
        try:
            return original(*arguments, **named)
        finally:
            stop_at(f"{place} after")

    return call


def main() -> None:
    """Run the worker."""
    install(Path(os.environ[STOP_AT]))
    if os.environ.get(RELEASE) == NEWER:
        releases.read_both()
    releases.look_again_soon()
    from batchline.worker.cli import main as batchline

    sys.argv = ["batchline", "worker", *sys.argv[1:]]
    batchline()


if __name__ == "__main__":
    main()
