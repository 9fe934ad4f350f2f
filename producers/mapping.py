"""Maps a neutral message to an account's own message, by the table in the account's settings.

    mapped(Contact(email="ann@shop.example"), "es", settings.account("es"))

is a message of eSputnik. The mapping is pure; each system's `mapping` module lists its targets.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from batchline.producers.errors import CannotMap
from batchline.producers.neutral import Event, Neutral
from batchline.systems.mapping.draft import Draft
from batchline.systems.mapping.settings import MappedAccount
from batchline.systems.mapping.targets import EVERY, IGNORE, Table, Target
from batchline.systems.message import Message


def mapped(message: Neutral, name: str, account: MappedAccount) -> Message:
    """The account's own message; `name` is the account's name.

    No value is left out unless the table says `ignore`. Raises CannotMap, which names account,
    field and remedy.
    """
    table = account.tables.get(message.type_name)
    if table is None:
        raise CannotMap(name, "", f"{account.system} takes no {message.type_name} of ours")
    targets, values = account.targets(message.type_name), message.given()
    if isinstance(message, Event):
        values["type"] = account.mapping.event_types.get(message.type, message.type)
    draft, sources = Draft(), dict[Target, str]()
    for field, value in values.items():
        target = _target(field, targets, table, message, name)
        if target.kind == IGNORE:
            continue
        if target in sources and not table.is_shared(target):
            raise CannotMap(name, field, f"{sources[target]} goes to {target} too")
        sources[target] = field
        _set(draft, table, target, field, value, name)
    return _message(table, draft, name)


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


def _set(draft: Draft, table: Table, target: Target, field: str, value: object, name: str) -> None:
    draft.field = field
    try:
        table.kinds[target.kind].setter(draft, target.argument, value)
    except ValueError as error:
        raise CannotMap(name, field, f"{error} ({target})") from None


def _message(table: Table, draft: Draft, name: str) -> Message:
    try:
        return table.message.model_validate(draft.data)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path, detail = problem["loc"], problem["msg"].removeprefix("Value error, ")
    field = draft.source(path)
    if problem["type"] == "missing":
        detail = "is needed, and no field that is given goes there (batchline config --routes)"
    if field is None:
        detail = ": ".join([*filter(None, [".".join(map(str, path))]), detail])
    raise CannotMap(name, field or "", detail)
