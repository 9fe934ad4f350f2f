"""The check `dashboard` of `batchline doctor`: who gets in, and with which rights."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from types import SimpleNamespace

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard import access, cookie_secret, roles
from batchline.worker.dashboard.roles import Role
from batchline.worker.dashboard.users import Users
from batchline.worker.doctor.finding import (
    Check,
    Finding,
    Setup,
    doubtful,
    skipped,
    well,
    wrong,
)

#: The options of Flower that decide who gets in, and may stand in its environment.
OPTIONS = ("address", "auth", "auth_provider", "basic_auth", "cookie_secret", "unix_socket")


def look(setup: Setup) -> Iterator[Finding]:
    """Look at the login as the settings, their files and `FLOWER_*` variables make it.

    Options on Flower's own command line are not seen here.
    """
    if find_spec("flower") is None:
        yield skipped("skipped: Flower is not installed here")
        return
    settings, options = setup.those_in_force(), _options(os.environ)
    users = Users(access.users_file(settings))
    try:
        found = access.decide(options, users)
        access.configure_address(options, users, found)
    except BatchlineError as error:
        yield wrong(str(error), "mend it: Flower does not start, or nobody gets in")
        return
    yield from _way_in(found, users, settings)
    if found.way in ("users", "provider") and not options.cookie_secret:
        yield from _secret(settings)


def _options(environment: Mapping[str, str]) -> SimpleNamespace:
    values = {name: environment.get(f"FLOWER_{name}".upper(), "") for name in OPTIONS}
    return SimpleNamespace(**values)


def _way_in(found: access.Access, users: Users, settings: Settings) -> Iterator[Finding]:
    if found.way == "open":
        yield well("no login is configured: Flower listens on this machine alone")
        return
    if found.way == "users":
        held = [user.role for user in users.all().values()]
        yield well(f"the login of {users.path}: {_counted(held)}")
        mend = "batchline users add NAME --role operator"
    else:
        held = [roles.parse(word) for word in settings.dashboard.roles.values()]
        what = "basic auth" if found.way == "basic" else "a login of Flower's own"
        yield well(f"{what}; [dashboard.roles] names {_counted(held)}")
        mend = 'add [dashboard.roles] to the settings, such as "ann" = "operator"'
    if max(held, default=Role.VIEWER) < Role.OPERATOR:
        yield doubtful("whoever logs in is a viewer: nobody can pause, resume or replay", mend)


def _counted(held: list[Role]) -> str:
    counts = Counter(held)
    return ", ".join(f"{counts[role]} {role.word}" for role in Role if counts[role]) or "nobody"


def _secret(settings: Settings) -> Iterator[Finding]:
    """The file of the cookie secret, which is not made here."""
    path = access.secret_file(settings)
    if not path.exists():
        yield well(f"{path} will be made: it signs sessions, and replicas need the same one")
        return
    try:
        cookie_secret.read(path)
    except BatchlineError as error:
        yield wrong(str(error), "mend the file, or remove it: Flower makes a new one")
    else:
        yield well(f"{path} signs sessions; replicas need the same one")


CHECK = Check("dashboard", "who gets into the dashboard", ("settings",), look)
