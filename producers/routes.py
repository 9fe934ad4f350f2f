"""One message for several accounts: which accounts, and each account's copy of the message. Pure.

Each copy goes into a lane of its account, so no copy waits for another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel

from batchline.producers.errors import Accepted, BadArgument, NoRoute
from batchline.producers.mapping import mapped
from batchline.producers.neutral import Neutral
from batchline.producers.outgoing import Copy, Extras, Outgoing, check
from batchline.producers.settings import Settings
from batchline.systems.message import Message, Sendable

#: The account of a system's message that names none.
DEFAULT_ACCOUNT = "default"
#: Of a message without a key, that goes at once.
PLAIN = Extras()

#: The id of a message for one account; account -> id of a message for several.
Answer = str | dict[str, str]


class Copies:
    """The copies of some messages, and the answer for each message.

    The answer for a message with one named account is an id, for a message with `accounts` or a
    route it is a dict.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._accounts: list[str | tuple[str, ...]] = []
        self.copies: list[Copy] = []

    def add(
        self,
        message: Sendable,
        account: str | None = None,
        accounts: Sequence[str] | None = None,
        extras: Extras = PLAIN,
    ) -> None:
        """Add a message's copies. Raises NoRoute, CannotMap, UnknownAccount or BadArgument."""
        if accounts is None and isinstance(message, Message):  # as nearly always
            name = DEFAULT_ACCOUNT if account is None else account
            self._accounts.append(name)
            self.copies.append(Copy(message, name, *extras))
            return
        if not isinstance(message, (Message, Neutral)):
            raise BadArgument(_no_message(message))
        names = _account_names(message, account, accounts, self._settings)
        self._accounts.append(names)
        for name in [names] if isinstance(names, str) else names:
            copy = _copy(name, message, self._settings)
            self.copies.append(Copy(copy, name, *extras))

    def add_all(self, outgoing: Iterable[Outgoing]) -> None:
        """Add the copies of each element; those of a `Contact` or `Event` without an account are
        for the accounts of its route.

        Raises what `add` raises, and BadArgument for what `send_all` does not take.
        """
        if isinstance(outgoing, (BaseModel, Outgoing, Mapping, str, bytes)) or not isinstance(
            outgoing, Iterable
        ):
            raise BadArgument(
                "outgoing must be several, such as a list; for one message there is send"
            )
        for number, one in enumerate(outgoing):
            if not isinstance(one, Outgoing):
                raise BadArgument(
                    f"send_all takes Outgoing(message, account, ...), and element {number} is "
                    f"{type(one).__name__}: for messages alone there is send_many"
                )
            if not isinstance(one.message, (Message, Neutral)):
                raise BadArgument(f"element {number}: {_no_message(one.message)}")
            extras = Extras(*one[2:])
            if extras != PLAIN:
                check(extras, f"element {number}: ")
            self.add(one.message, one.account, extras=extras)

    def answers(self, ids: Sequence[str]) -> list[Answer]:
        """The answer for each message, from the ids of all copies."""
        return self._shaped(ids)

    def accepted(self, ids: Sequence[object]) -> list[Accepted]:
        """What is enqueued of each message, from the ids of all copies; None for a copy without."""
        return self._shaped(ids)

    def _shaped(self, ids: Sequence[object]) -> list[Any]:
        remaining = iter(ids)
        return [
            next(remaining)
            if isinstance(names, str)
            else dict(zip(names, islice(remaining, len(names)), strict=True))
            for names in self._accounts
        ]


def _copy(name: str, message: Message | Neutral, settings: Settings) -> Message:
    """The message for the account of that name."""
    if isinstance(message, Message):
        return message
    return mapped(message, name, settings.account(name))


def _account_names(
    message: Message | Neutral,
    account: str | None,
    accounts: Sequence[str] | None,
    settings: Settings,
) -> str | tuple[str, ...]:
    """The name of the message's account, or a tuple of the names of its accounts."""
    if accounts is not None:
        return _several(account, accounts)
    if account is not None and not isinstance(account, str):
        raise BadArgument("account must be a text: the name of an account in the settings")
    if account is not None or isinstance(message, Message):
        return DEFAULT_ACCOUNT if account is None else account
    route: tuple[str, ...] = getattr(settings.routes, message.type_name)
    if not route:
        raise NoRoute(message.type_name, settings.whence())
    return route


def _no_message(value: object) -> str:
    hint = "; for Outgoing there is send_all" if isinstance(value, Outgoing) else ""
    return (
        f"{type(value).__name__} is no message: give a Contact, an Event, or a message of a "
        f"system, such as salesmanago.ContactUpsert{hint}"
    )


def several(messages: Iterable[Sendable]) -> Iterable[Sendable]:
    """The messages; raises BadArgument for a single one, whose fields would be gone through."""
    if isinstance(messages, (BaseModel, Outgoing, Mapping, str, bytes)) or not isinstance(
        messages, Iterable
    ):
        raise BadArgument("messages must be several, such as a list; for one there is send")
    return messages


def _several(account: str | None, accounts: Sequence[str]) -> tuple[str, ...]:
    if account is not None:
        raise BadArgument("account and accounts: give one of the two")
    if isinstance(accounts, str) or not isinstance(accounts, Collection) or not accounts:
        raise BadArgument('accounts must be a list of at least one name, such as ["default", "es"]')
    if not all(isinstance(name, str) for name in accounts):
        raise BadArgument("accounts must hold texts: names of accounts in the settings")
    if len(set(accounts)) < len(accounts):
        raise BadArgument("accounts: an account is named twice")
    return tuple(accounts)
