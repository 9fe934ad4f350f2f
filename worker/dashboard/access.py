"""How people get into the dashboard, as the options of Flower and the users file say."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Literal

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard import cookie_secret
from batchline.worker.dashboard.users import Users

#: The way in: our login; Flower's own (basic auth, or a provider of OAuth); none at all.
Way = Literal["users", "basic", "provider", "open"]
#: Our login, as Flower's option `auth_provider` names it.
PROVIDER = "batchline.worker.dashboard.login.LoginHandler"
#: Exit status where the configuration is unusable (sysexits.h: EX_CONFIG).
EX_CONFIG = 78


class Refused(BatchlineError):
    """The dashboard may not start with these options; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """The way in that is in force."""

    way: Way

    @property
    def is_open(self) -> bool:
        """Whether no login is configured: then only this machine is let in."""
        return self.way == "open"


def decide(options: Any, users: Users) -> Access:
    """The way in. An explicit option of Flower goes before the users file."""
    if options.auth and options.auth_provider != PROVIDER:
        return Access("provider")
    if options.basic_auth:
        return Access("basic")
    return Access("users" if users.exist() else "open")


def configure(options: Any, settings: Settings, users: Users) -> None:
    """Set Flower's options for the way in. Raises Refused where it would let everybody in."""
    access = decide(options, users)
    configure_address(options, users, access)
    if access.way == "users":
        options.auth = "|".join(users.all())  # only its being set counts: `guard.py` asks the file
        options.auth_provider = PROVIDER
    if access.way in ("users", "provider") and not _has_own_secret(options):
        options.cookie_secret = cookie_secret.load(secret_file(settings))


def configure_address(options: Any, users: Users, access: Access) -> None:
    """Listen on loopback only without a login. Raises Refused where an option says otherwise."""
    if access.is_open:
        _stay_here(options, users)


def _has_own_secret(options: Any) -> bool:
    """Whether somebody has given Flower a cookie secret: by its option, variable or file.

    Otherwise it is the one that Flower makes up anew for each process, its option's default.
    """
    made_up = getattr(getattr(options, "_options", {}).get("cookie_secret"), "default", None)
    return bool(options.cookie_secret) and options.cookie_secret != made_up


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def users_file(settings: Settings) -> Any:
    """The path of the users file."""
    return settings.dashboard.users_file or settings.data_dir / "dashboard" / "users"


def secret_file(settings: Settings) -> Any:
    """The path of the file of the cookie secret."""
    named = settings.dashboard.cookie_secret_file
    return named or settings.data_dir / "dashboard" / "cookie_secret"


def _stay_here(options: Any, users: Users) -> None:
    """Without a login, listen on loopback only."""
    if options.unix_socket:
        raise Refused(
            f"--unix-socket={options.unix_socket}: no login is configured. {_mend(users)}"
        )
    if options.address and not is_loopback(options.address):
        raise Refused(
            f"--address={options.address} would show the dashboard to others, and no login is "
            f"configured. {_mend(users)}, or leave --address out: then it listens on 127.0.0.1"
        )
    options.address = options.address or "127.0.0.1"


def _mend(users: Users) -> str:
    return f"Add a user: batchline users add NAME --role admin (it writes {users.path})"
