"""The secret that signs sessions, in a file: they outlive a restart, and replicas share them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard.users import check_mode
from batchline.worker.devstack.private_files import open_private, private_folder

#: Characters that the secret has at least.
SHORTEST = 32


class UnusableSecret(BatchlineError):
    """The file of the cookie secret cannot be used."""


def load(path: Path) -> str:
    """The secret of the file, which is made where there is none. Raises UnusableSecret."""
    try:
        _make(path)
    except OSError as error:
        raise _unusable(path, str(error.strerror)) from error
    return read(path)


def read(path: Path) -> str:
    """The secret of a file that is there. Raises UnusableSecret, or UnusableUsers for its mode."""
    try:
        check_mode(path, os.stat(path))
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise _unusable(path, str(reason)) from error
    if len(text) < SHORTEST:
        raise UnusableSecret(
            f"{path}: the secret of sessions is too short: at least {SHORTEST} characters, such as "
            "`openssl rand -base64 48` prints"
        )
    return text


def _unusable(path: Path, reason: str) -> UnusableSecret:
    return UnusableSecret(
        f"{path}, which keeps the secret of sessions, cannot be used: {reason}. "
        "dashboard.cookie_secret_file names another one"
    )


def _make(path: Path) -> None:
    """Make the file, unless it is there. One of several replicas that start at once makes it."""
    if path.exists():
        return
    private_folder(path.parent)
    new = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open_private(new, "x") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        os.link(new, path)  # unlike a rename, this replaces nothing
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)
