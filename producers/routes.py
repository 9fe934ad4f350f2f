"""One message for several accounts: which, and each one's own copy of it. Pure.

Each copy travels in a lane of its own account: none waits for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from batchline.producers.enqueue import Outgoing
from batchline.producers.errors import NoRoute
from batchline.producers.mapping import mapped
from batchline.producers.neutral import Neutral
from batchline.producers.settings import Settings
from batchline.systems.message import Message

#: Of messages of a system that name no account.
DEFAULT_ACCOUNT = "default"

#: A message's id; of one for several accounts, account -> id.
Answer = str | dict[str, str]


class Copies:
    """The copies of some messages, and how their ids are handed back.

    A message for one named account is answered by its id, one for `accounts` or a route by a dict.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked: list[str | tuple[str, ...]] = []
        self.outgoing: list[Outgoing] = []

    def add(
        self,
        message: Message | Neutral,
        account: str | None = None,
        accounts: Sequence[str] | None = None,
        idempotency_key: str | None = None,
        not_before: int | None = None,
    ) -> None:
        """Raises NoRoute, CannotMap, UnknownAccount, and ValueError for accounts that are none."""
        if accounts is None and isinstance(message, Message):  # as nearly always
            name = DEFAULT_ACCOUNT if account is None else account
            self._asked.append(name)
            self.outgoing.append(Outgoing(message, name, idempotency_key, not_before))
            return
        asked = _asked(message, account, accounts, self._settings)
        self._asked.append(asked)
        for name in [asked] if isinstance(asked, str) else asked:
            own = _own(name, message, self._settings)
            self.outgoing.append(Outgoing(own, name, idempotency_key, not_before))

    def answers(self, ids: Sequence[str]) -> list[Answer]:
        """The answer for each message, from the ids of all copies."""
        left = iter(ids)
        return [
            next(left)
            if isinstance(asked, str)
            else dict(zip(asked, islice(left, len(asked)), strict=True))
            for asked in self._asked
        ]


def _own(name: str, message: Message | Neutral, settings: Settings) -> Message:
    """What the account of that name is told."""
    if isinstance(message, Message):
        return message
    return mapped(message, name, settings.account(name))


def _asked(
    message: Message | Neutral,
    account: str | None,
    accounts: Sequence[str] | None,
    settings: Settings,
) -> str | tuple[str, ...]:
    """The one account, or the several."""
    if accounts is not None:
        return _several(account, accounts)
    if account is not None:
        return account
    assert not isinstance(message, Message)
    route: tuple[str, ...] = getattr(settings.routes, message.type_name)
    if not route:
        raise NoRoute(message.type_name)
    return route


def _several(account: str | None, accounts: Sequence[str]) -> tuple[str, ...]:
    if account is not None:
        raise ValueError("account and accounts: give one of the two")
    if isinstance(accounts, str) or not accounts:
        raise ValueError('accounts must be a list of at least one name, such as ["default", "es"]')
    if len(set(accounts)) < len(accounts):
        raise ValueError("accounts: an account is named twice")
    return tuple(accounts)
