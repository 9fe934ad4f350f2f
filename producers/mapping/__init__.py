"""From a neutral message to an account's own, by the table in its settings: pure.

message = mapped(Contact(email="ann@shop.example"), "es", settings.account("es"))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import ValidationError

from producers.errors import CannotMap
from producers.mapping import esputnik, salesmanago, smartsender
from producers.mapping.draft import Draft
from producers.mapping.targets import EVERY, IGNORE, Table, Target
from producers.models.base import Message
from producers.models.neutral import Neutral

__all__ = ["TABLES", "Mapped", "check_tables", "mapped"]

#: System -> neutral type -> how the system takes it.
TABLES: Mapping[str, Mapping[str, Table]] = {
    "salesmanago": {"contact": salesmanago.CONTACT, "event": salesmanago.EVENT},
    "salesmanago_mobile": {},
    "esputnik": {"contact": esputnik.CONTACT, "event": esputnik.EVENT},
    "smartsender": {"contact": smartsender.CONTACT, "event": smartsender.EVENT},
}


class Mapped(Protocol):
    """What mapping needs of an account."""

    @property
    def system(self) -> str: ...

    @property
    def event_types(self) -> Mapping[str, str]:
        """Our event types -> the account's."""
        ...

    def targets(self, type_name: str) -> Mapping[str, Target]:
        """Field -> target, of a neutral type that the system takes."""
        ...


def check_tables(system: str, tables: Mapping[str, Mapping[str, str]]) -> None:
    """ValueError names the key of an account's mapping tables that cannot be used, and why."""
    for name, own in tables.items():
        taken = "event" if name == "event_types" else name
        table = TABLES[system].get(taken)
        if own and table is None:
            raise ValueError(f"mapping.{name}: {system} takes no {taken} of ours")
        try:
            if table is not None and name == "event_types":
                table.check_event_types(own)
            elif table is not None:
                table.targets(own)
        except ValueError as error:
            raise ValueError(f"mapping.{name}.{error}") from None


def mapped(message: Neutral, name: str, account: Mapped) -> Message:
    """The account's own message; `name` is the account's.

    Raises CannotMap, which names account, field and remedy: nothing that is given is left out
    unless the table says `ignore`.
    """
    table = TABLES[account.system].get(message.type_name)
    if table is None:
        raise CannotMap(name, "", f"{account.system} takes no {message.type_name} of ours")
    targets = account.targets(message.type_name)
    draft, taken = Draft(), dict[Target, str]()
    for field, value in message.given().items():
        target = _target(field, targets, table, message, name)
        if target.kind == IGNORE:
            continue
        if target in taken and not table.is_shared(target):
            raise CannotMap(name, field, f"{taken[target]} goes to {target} too")
        taken[target] = field
        if message.type_name == "event" and field == "type":
            value = account.event_types.get(value, value)
        _put(draft, table, target, field, value, name)
    return _built(table, draft, name)


def _target(
    field: str, targets: Mapping[str, Target], table: Table, message: Neutral, name: str
) -> Target:
    if field in targets:
        return targets[field]
    every = targets.get(EVERY)
    if every is None or field in type(message).model_fields:
        raise CannotMap(
            name,
            field,
            f"has no target: set it in [accounts.{name}.mapping.{message.type_name}] to one of "
            f"{table.grammar(open_only=True)}",
        )
    if every.kind == IGNORE:
        return every
    argument = table.kinds[every.kind].argument
    if argument is None or not argument.fits(field):
        raise CannotMap(name, field, f"its name fits no {every}: give it a target of its own")
    return Target(every.kind, field)


def _put(draft: Draft, table: Table, target: Target, field: str, value: object, name: str) -> None:
    draft.field = field
    try:
        table.kinds[target.kind].place(draft, target.argument, value)
    except ValueError as error:
        raise CannotMap(name, field, f"{error} ({target})") from None


def _built(table: Table, draft: Draft, name: str) -> Message:
    try:
        return table.message.model_validate(draft.data)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place, words = problem["loc"], problem["msg"].removeprefix("Value error, ")
    field = draft.source(place)
    if problem["type"] == "missing":
        words = "is needed, and no field that is given goes there (batchline config --routes)"
    if field is None:
        words = ": ".join([*filter(None, [".".join(map(str, place))]), words])
    raise CannotMap(name, field or "", words)
