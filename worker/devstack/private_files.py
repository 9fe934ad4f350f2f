"""Files for their owner's eyes only: messages hold personal data, settings hold passwords."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

#: The modes of the files and of the folders that are made here.
FILE = 0o600
FOLDER = 0o700
#: What a process may not give to others, whatever its files ask for.
UMASK = 0o077


def open_private(path: Path | str, mode: str = "w", **options: Any) -> IO[Any]:
    """`open`, for a file that only its owner may read: one that exists is closed to the others.

    A text is UTF-8.
    """
    if "b" not in mode:
        options.setdefault("encoding", "utf-8")
    file = open(path, mode, opener=_opener, **options)  # noqa: SIM115
    if "r" not in mode and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        with suppress(PermissionError):  # it is somebody else's
            os.fchmod(file.fileno(), FILE)
    return file


@contextmanager
def replaced(path: Path | str, **options: Any) -> Iterator[IO[Any]]:
    """A file in place of the one at `path`, when all of it is on disk; what is no file is opened.

    Nothing is replaced when the block ends in an exception. Several may replace one file at once:
    each writes a file of its own, and the last one stays.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with open_private(target, **options) as file:
            yield file
        return
    new = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
    try:
        with open_private(new, "x", **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
        _sync_folder(target.parent)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def locked(path: Path | str) -> Iterator[None]:
    """Nobody else is in such a block for this path, in any process of this machine.

    The lock is a file of its own beside it, which stays: the one at `path` may be replaced.
    """
    target = Path(os.path.realpath(path))
    private_folder(target.parent)
    with open_private(target.with_name(f".{target.name}.lock"), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sync_folder(folder: Path) -> None:
    """Have the names of a folder on disk: what was renamed outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private_folder(path: Path) -> None:
    """Make the folder, and those above it, for the owner only; one that exists stays as it is."""
    for folder in (*reversed(path.parents), path):
        with suppress(FileExistsError):
            folder.mkdir(mode=FOLDER)
    path.mkdir(exist_ok=True)  # raises where it is something else


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, FILE)
