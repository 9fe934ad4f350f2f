"""Finds all mistakes of the settings at once.

pydantic looks at an account as a whole only when each of its keys is usable, and Batchline at the
routes only when each account is. Here the rest is looked at all the same, without what is unusable.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import InitErrorDetails

from batchline.producers.settings_shape import key_of
from batchline.systems.account import BaseAccount
from batchline.systems.details import repeated
from batchline.systems.registry import systems

#: Account name -> its class; None where its system is not known.
Classes = Mapping[str, type[BaseAccount] | None]


def whole(values: Any, error: ValidationError) -> ValidationError:
    """The error with the mistakes that are found once those of the error are left out."""
    told = error.errors(include_url=False)
    details = [repeated(one) for one in told]
    accounts = values.get("accounts") if isinstance(values, dict) else None
    if isinstance(accounts, dict):
        for name, section in accounts.items():
            details += _of_account(name, section, [one["loc"] for one in told])
        if any(one["loc"][:1] == ("accounts",) for one in told):
            details += _of_routes(values.get("routes"), accounts)
    return ValidationError.from_exception_data(error.title, details, hide_input=True)


def problems_of_route(name: str, named: Sequence[str], accounts: Classes) -> Iterator[str]:
    """What is wrong with the accounts that the route of a neutral type names."""
    for account in dict.fromkeys(named):
        if account not in accounts:
            known = ", ".join(accounts) or "none"
            yield f"{name}: account {account!r} is not in the settings (known: {known})"
            continue
        kind = accounts[account]
        if kind is not None and name not in kind.tables:
            system = next((one for one in systems().values() if one.account is kind), None)
            title = system.name if system else kind.__name__
            yield f"{name}: account {account!r}: {title} takes no {name} of ours"
    if len(set(named)) < len(named):
        yield f"{name}: an account is named twice"


def _of_account(
    name: str, section: Any, told: Sequence[tuple[int | str, ...]]
) -> list[InitErrorDetails]:
    """The mistakes of an account as a whole, where those of its keys hide them."""
    kind = _class_of(section)
    if kind is None:
        return []
    above = ("accounts", name, section["system"])
    faulty = [path[3:] for path in told if path[:3] == above]
    if not faulty or () in faulty:
        return []
    rest = copy.deepcopy(section)
    for path in faulty:
        _leave_out(rest, path)
    absent: dict[str, Any] = {
        field: (Any, None)
        for field, info in kind.model_fields.items()
        if info.is_required() and field not in rest
    }
    try:
        create_model(kind.__name__, __base__=kind, **absent).model_validate(rest)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [one for problem in found for one in _certain(problem, above, faulty)]
    except Exception:  # a check of a plug-in that needs a key which is absent: it tells nothing yet
        return []
    return []


def _certain(
    told: Any, above: tuple[str, ...], faulty: Sequence[tuple[int | str, ...]]
) -> Iterator[InitErrorDetails]:
    """The detail of what is wrong whatever the faulty keys will be: it speaks of none of them."""
    path = (*above, *told["loc"])
    if told["type"] != "value_error":
        yield repeated(told, above)
        return
    names = "|".join(re.escape(key_of(one)) for one in faulty)
    about_faulty = re.compile(rf'(?<![\w."])({names})(?!\w)')
    lines = str(told["ctx"]["error"]).splitlines()
    kept = [line for line in lines if not about_faulty.search(line)]
    if kept:
        yield _value_error(path, "\n".join(kept))


def _leave_out(section: dict[str, Any], path: Sequence[int | str]) -> None:
    """Take the key at this path out, or the nearest above it that is there as it is written."""
    at, last = section, path[0]
    for name in path:
        if not isinstance(at, dict) or name not in at:
            break
        above, last = at, name
        at = at[name]
    else:
        del above[str(last)]
        return
    section.pop(str(path[0]), None)


def _of_routes(routes: Any, accounts: dict[str, Any]) -> Iterator[InitErrorDetails]:
    if isinstance(routes, BaseModel):
        routes = dict(routes)
    if not isinstance(routes, dict):
        return
    classes = {name: _class_of(section) for name, section in accounts.items()}
    for name, named in routes.items():
        if isinstance(named, list | tuple) and all(isinstance(one, str) for one in named):
            for problem in problems_of_route(name, named, classes):
                yield _value_error(("routes",), problem)


def _class_of(section: Any) -> type[BaseAccount] | None:
    system = section.get("system") if isinstance(section, dict) else None
    return systems()[system].account if isinstance(system, str) and system in systems() else None


def _value_error(path: tuple[int | str, ...], text: str) -> InitErrorDetails:
    context = {"error": ValueError(text)}
    return InitErrorDetails(type="value_error", loc=path, input=None, ctx=context)
