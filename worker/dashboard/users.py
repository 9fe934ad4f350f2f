"""The users file: who may log in to the dashboard, one line each: `name:role:hash`."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard import passwords, roles
from batchline.worker.dashboard.roles import Role
from batchline.worker.devstack.private_files import locked, replaced

#: How a user may be called.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
HEAD = "# Users of Batchline's dashboard: name:role:hash (batchline users add NAME --role ROLE)\n"


class UnusableUsers(BatchlineError):
    """The users file cannot be used; the message names it, the line, and what to do."""


class UserExists(UnusableUsers):
    """A user of that name is there."""


@dataclass(frozen=True, slots=True)
class User:
    """One line of the users file."""

    name: str
    role: Role
    hash: str

    @property
    def stamp(self) -> str:
        """What a session holds of the password: a new password ends the sessions of the old."""
        return hashlib.sha256(self.hash.encode()).hexdigest()[:16]


@cache
def nobody() -> str:
    """What a password is compared with where there is no such user, so that it takes as long."""
    return passwords.hashed("")


class Users:
    """The users of one file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] = ()
        self._users: dict[str, User] = {}

    def exist(self) -> bool:
        """Whether anybody can log in. Raises UnusableUsers."""
        return bool(self.all())

    def all(self) -> dict[str, User]:
        """Name -> user. Raises UnusableUsers."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            self._seen, self._users = (), {}
            return {}
        seen = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode, found.st_uid)
        if seen != self._seen:
            check_mode(self.path, found)
            self._users = parse(self.path, _text(self.path))
            self._seen = seen
        return dict(self._users)

    def get(self, name: str) -> User | None:
        return self.all().get(name)

    def with_password(self, name: str, password: str) -> User | None:
        """The user, if this is the password. It takes a tenth of a second."""
        user = self.get(name)
        is_right = passwords.matches(password, user.hash if user else nobody())
        return user if is_right else None

    def put(
        self, name: str, role: Role, password: str, may_replace: bool = True
    ) -> dict[str, User]:
        """Add the user, or give it this role and password; who was there before.

        Raises UserExists where it is there and may not be replaced.
        """
        if not NAME.fullmatch(name):
            raise UnusableUsers(
                f"{name!r} cannot be a name: 1 to 64 letters, digits, `.`, `_`, `-` and `@`, a "
                "letter or digit first"
            )
        user = User(name, role, passwords.hashed(password))  # slow: others may write meanwhile
        with self._alone():
            before = self.all()
            if name in before and not may_replace:
                raise UserExists(
                    f"{name} is there already: --replace gives another role and password"
                )
            self._write({**before, name: user})
        return before

    def remove(self, name: str) -> None:
        """Let the user in no more. Raises UnusableUsers where there is none of that name."""
        if name not in self.all():  # said without a file that has to be written
            self._refuse_unknown(name)
        with self._alone():
            users = self.all()
            if users.pop(name, None) is None:
                self._refuse_unknown(name)
            self._write(users)

    def _refuse_unknown(self, name: str) -> NoReturn:
        known = ", ".join(self.all()) or "nobody"
        raise UnusableUsers(f"{name!r} is not in {self.path}; there is {known}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile; it is read afresh."""
        try:
            with locked(self.path):
                self._seen = ()
                yield
        except OSError as error:
            raise UnusableUsers(
                f"{self.path} cannot be written: {error.strerror}. dashboard.users_file names "
                "another file"
            ) from error

    def _write(self, users: dict[str, User]) -> None:
        with replaced(self.path) as file:
            file.write(HEAD)
            for user in users.values():
                file.write(f"{user.name}:{user.role.word}:{user.hash}\n")


def parse(path: Path, text: str) -> dict[str, User]:
    """The users of the file's text. Raises UnusableUsers, which names the line."""
    users: dict[str, User] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            user = _user(f"{path}, line {number}", line.strip())
            if user.name in users:
                raise UnusableUsers(f"{path}, line {number}: {user.name} is there twice")
            users[user.name] = user
    return users


def check_mode(path: Path, found: os.stat_result) -> None:
    """Refuse a file that others can read, or one of another owner that others can change.

    A file that an orchestrator mounts belongs to somebody else, and is read by a group.
    """
    mode = stat.S_IMODE(found.st_mode)
    is_own = found.st_uid == os.geteuid()
    if mode & (0o077 if is_own else 0o022):
        danger = "read" if is_own else "changed"
        raise UnusableUsers(
            f"{path} has the mode {mode:04o}, so it can be {danger} by others: chmod 600 {path}"
        )


def _user(where: str, line: str) -> User:
    name, _, rest = line.partition(":")
    word, _, kept = rest.partition(":")
    mend = "batchline users add NAME --role ROLE writes such lines"
    if not NAME.fullmatch(name) or not kept:
        raise UnusableUsers(f"{where}: must be name:role:hash; {mend}")
    try:
        role = roles.parse(word)
    except ValueError as error:
        raise UnusableUsers(f"{where}: {error}") from None
    if not passwords.is_hash(kept):
        raise UnusableUsers(f"{where}: {name} has no hash that can be used; {mend}")
    return User(name, role, kept)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UnusableUsers(f"{path} cannot be read: {reason}") from None
