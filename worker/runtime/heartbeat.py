"""The heartbeat of a worker: a small file that its dispatcher writes, and probes read.

A probe must cost next to nothing, and liveness must not depend on Redis: a worker that waits for
Redis is well. So this module imports the standard library alone. The times are those of the
machine's steady clock, which all its processes share and nobody sets.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

#: The variable that names the folder of the files.
VARIABLE = "BATCHLINE_HEALTH_DIR"
#: Seconds between two writings.
EVERY = 1.0
#: Seconds without a look of the dispatcher after which a worker is not alive.
LIVE_FOR = 60.0
#: Seconds without an answer of Redis after which a worker is not ready.
READY_FOR = 30.0


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker wrote last. The times are seconds of `time.monotonic`."""

    node: str
    pid: int
    #: When the dispatcher last came round, with Redis or without.
    looked_at: float
    #: When Redis last answered all that the dispatcher asked; None: not yet.
    answered_at: float | None
    #: Whether a lane was dispatched, was not begun in its time, and none has begun since.
    is_stuck: bool
    #: Seconds after which the worker is not alive.
    live_for: float = LIVE_FOR


class Heartbeat:
    """Writes the file of one worker; used by its dispatcher alone."""

    def __init__(self, node: str, redis_timeout: float) -> None:
        """`redis_timeout`: seconds for which one command may hold the dispatcher up."""
        self._node = node
        self._live_for = LIVE_FOR + 2 * redis_timeout
        self._path = folder() / f"{re.sub(r'[^A-Za-z0-9@._-]', '_', node)}.{os.getpid()}.json"
        self._answered_at: float | None = None
        self._again_at = 0.0
        #: Whether the folder took no file.
        self.is_refused = False
        _clear()

    def answered(self) -> None:
        """Note that Redis answered."""
        self._answered_at = time.monotonic()

    def write(self, is_stuck: bool) -> None:
        """Write the file, if it is time. Raises OSError."""
        now = time.monotonic()
        if now < self._again_at:
            return
        self._again_at = now + EVERY
        beat = Beat(self._node, os.getpid(), now, self._answered_at, is_stuck, self._live_for)
        _ensure_own(self._path.parent)
        new = self._path.with_suffix(".new")
        opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "w") as file:
            json.dump(asdict(beat), file)
        new.replace(self._path)

    def end(self) -> None:
        """Remove the file: the worker has ended."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def folder() -> Path:
    """The folder of this user's heartbeats on this machine."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "batchline"
    return Path(tempfile.gettempdir()) / f"batchline-{os.getuid()}"


def _ensure_own(path: Path) -> None:
    """Make the folder, for its owner alone; raises PermissionError for one of somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{path} is not this user's folder: {VARIABLE} names another")


def read(node: str | None = None) -> list[Beat]:
    """The heartbeats of the workers here that have not ended; `node`: of that one alone.

    A worker that was killed left its file behind: it counts for nothing, and nobody else's process
    of the same number does either, for its time stands still.
    """
    beats = sorted((beat for _, beat in _all(folder())), key=lambda beat: beat.node)
    return [one for one in beats if node in (None, one.node) and _runs(one.pid)]


def _clear() -> None:
    """Remove what killed workers left behind."""
    for file, beat in _all(folder()):
        if not _runs(beat.pid):
            with suppress(OSError):
                file.unlink()


def _all(path: Path) -> Iterator[tuple[Path, Beat]]:
    for file in path.glob("*.json"):
        try:
            yield file, Beat(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            continue  # it has just ended, or the file is none of ours


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def what_is_wrong(beat: Beat, now: float, is_for_ready: bool) -> str:
    """Why the worker is not alive, or not ready; "" where it is. `now` as `time.monotonic`."""
    late = now - beat.looked_at
    if not 0 <= late <= beat.live_for:
        since = f"for {late:.0f} s" if late >= 0 else "since the machine started"
        return f"its dispatcher has not looked at the due lanes {since}: restart it"
    if not is_for_ready:
        return ""
    if beat.answered_at is None:
        return "Redis has not answered it yet: `batchline doctor redis` says why"
    if now - beat.answered_at > READY_FOR:
        return (
            f"Redis has not answered it for {now - beat.answered_at:.0f} s: "
            "`batchline doctor redis` says why"
        )
    if beat.is_stuck:
        return "lanes are due, and it begins none of them: see its log, then restart it"
    return ""
