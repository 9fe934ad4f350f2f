"""Roles, and what each of them may do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Role(IntEnum):
    """What somebody may do; each role may do what the one before it may."""

    #: Sees everything, personal data masked; acts on nothing.
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as settings and the users file spell it."""
        return self.name.lower()


#: Act -> the least role that may do it. What is not named here needs an admin.
ACTS: dict[str, Role] = {
    "pause": Role.OPERATOR,
    "resume": Role.OPERATOR,
    "replay": Role.OPERATOR,
    #: Says that somebody has seen the dead letters.
    "seen": Role.OPERATOR,
    #: Asks an API about a message, which changes nothing there.
    "ask": Role.OPERATOR,
    "edit": Role.ADMIN,
    "purge": Role.ADMIN,
    "erase": Role.ADMIN,
    "unmask": Role.ADMIN,
    "export": Role.ADMIN,
    #: Flower's own: workers, pools, queues and tasks.
    "control": Role.ADMIN,
}
#: Whom `[dashboard.roles]` means by everybody who is not named.
EVERYBODY = "*"


def may(role: Role | None, act: str) -> bool:
    """Whether the role may do this."""
    return role is not None and role >= ACTS.get(act, Role.ADMIN)


def parse(word: str) -> Role:
    """The role of that word. Raises ValueError, which names the known ones."""
    try:
        return Role[word.upper()]
    except KeyError:
        known = ", ".join(role.word for role in Role)
        raise ValueError(f"{word!r} is no role: {known}") from None


def named(roles: Mapping[str, str], name: str) -> Role:
    """The role of somebody whom Flower itself has let in, by `[dashboard.roles]`."""
    word = roles.get(name) or roles.get(EVERYBODY)
    return parse(word) if word else Role.VIEWER
