"""Errors of the settings in words: the key as it is written, and what its value must be."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from batchline.producers.errors import InvalidSettings
from batchline.producers.settings_shape import (
    Path_,
    key_of,
    keys_at,
    list_like,
    model_in,
    nearest,
    type_at,
    without_tag,
)
from batchline.producers.settings_sources import PREFIX, Sources, variable_path
from batchline.systems.account import BaseAccount
from batchline.systems.registry import systems
from batchline.systems.section import Unit

#: pydantic's type of an error -> a plain text in place of pydantic's.
PLAIN_TEXTS = {
    "missing": "is missing",
    "union_tag_not_found": f"is missing: one of {', '.join(systems())}",
    "union_tag_invalid": f"is unknown: one of {', '.join(systems())}",
    "string_type": "must be a text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}{unit}",
    "greater_than_equal": "must be at least {ge}{unit}",
    "less_than": "must be less than {lt}{unit}",
    "less_than_equal": "must be at most {le}{unit}",
    "finite_number": "must be a finite number{of_unit}",
    "float_type": "must be a number{of_unit}",
    "float_parsing": "must be a number{of_unit}",
    "int_type": "must be a whole number{of_unit}",
    "int_parsing": "must be a whole number{of_unit}",
    "int_from_float": "must be a whole number{of_unit}",
}
NOT_A_TABLE = ", and no table: a name with a dot stands in quotes"
_LISTS = ("tuple_type", "list_type")
_TABLES = ("model_type", "model_attributes_type", "dict_type")
#: A key that a text speaks of, and a part of one.
_KEY = re.compile(r'(?<![\w."])[a-z_]+(?:\.(?:[A-Za-z0-9_-]+|"[^"]+"))*')
_PART = re.compile(r'"([^"]+)"|([A-Za-z0-9_-]+)')


def refused(lines: Sequence[str], file: Path | None) -> InvalidSettings:
    """The error about every key that cannot be used; a line for each."""
    where = f"{file} and the environment" if file else "the environment (no batchline.toml here)"
    return InvalidSettings(f"the settings in {where} cannot be used:\n  " + "\n  ".join(lines))


def problems(
    settings: type[BaseSettings],
    error: ValidationError,
    sources: Sources,
    unread: Collection[str] = (),
) -> list[str]:
    """Every key that cannot be used, and why; no value is repeated.

    A variable that has set one is named. Nothing is said of keys of the `unread` variables.
    """
    lines = []
    for problem in error.errors(include_url=False):
        tag = ("system",) if problem["type"].startswith("union_tag") else ()
        path = [*without_tag(problem["loc"]), *tag]
        if any(_hides(variable_path(name), path) for name in unread):
            continue
        for text in _text(settings, problem, sources).splitlines():
            line = f"{key_of(path) or 'settings'}: {text}"
            lines.append(line + _from_variables(path, text, sources))
    return lines


def _hides(unread: Path_, path: Path_) -> bool:
    """Whether it is not known what stands at a path, because that variable cannot be read."""
    is_account = unread[:1] == ("accounts",) and len(unread) < 3
    return path[: len(unread)] == [*unread] or (is_account and path[:1] == ["routes"])


def _from_variables(path: Sequence[str], text: str, sources: Sources) -> str:
    """The variables that have set this key, or one that the text speaks of below it."""
    paths = [path, *([*path, *_parts(key)] for key in _KEY.findall(text))]
    names = dict.fromkeys(filter(None, map(sources.variable, paths)))
    told = [name for name in names if name not in text]
    return f" (set by {', '.join(told)})" if told else ""


def _parts(key: str) -> list[str]:
    return [quoted or bare for quoted, bare in _PART.findall(key)]


def _text(settings: type[BaseSettings], problem: Any, sources: Sources) -> str:
    kind, path = problem["type"], problem["loc"]
    if kind == "extra_forbidden":
        return _unknown(settings, path, problem["input"], sources)
    annotation, field = type_at(settings, path)
    if kind in _LISTS:
        return _list_text(path)
    if kind in _TABLES:
        return f"must be a table{_such_as(model_in(annotation))}"
    unit = _unit(annotation, field)
    if kind in PLAIN_TEXTS:
        words = {"unit": unit and f" {unit}", "of_unit": unit and f" of {unit}"}
        bounds = {name: _number(value) for name, value in problem.get("ctx", {}).items()}
        more = NOT_A_TABLE if kind == "string_type" and isinstance(problem["input"], dict) else ""
        return PLAIN_TEXTS[kind].format(**words, **bounds) + more
    return str(problem["msg"]).removeprefix("Value error, ")


def _unknown(settings: type[BaseSettings], path: Path_, value: object, sources: Sources) -> str:
    """What to say of a key that is none."""
    parts = without_tag(path)
    match parts:
        case ["accounts", name, "operations", first, second] if isinstance(value, dict):
            key = key_of(["accounts", name, "operations", f"{first}.{second}"])
            upper = f"{first}_{second}".upper()
            return f"write [{key}]: the name has a dot (in the environment: OPERATIONS__{upper})"
    elsewhere = _elsewhere(settings, path, bool(sources.variable(parts)))
    if elsewhere:
        return elsewhere
    meant = nearest(parts[-1], keys_at(settings, path[:-1]))
    return f"there is no such setting{f'; did you mean {meant}?' if meant else ''}"


def _elsewhere(settings: type[BaseSettings], path: Path_, in_variable: bool) -> str:
    """Where a key belongs that is known, but not in this section; "" where it is known nowhere."""
    *above, name = without_tag(path)
    if not above:
        if name in BaseAccount.model_fields:
            return f"there is no such setting here: `{name}` goes below [accounts.NAME]"
        return ""
    homes = [[], *([above[:2]] if above[0] == "accounts" and len(above) > 2 else [])]
    home = next((one for one in homes if name in keys_at(settings, one)), None)
    if home is None:
        return ""
    if in_variable:
        meant = PREFIX + "__".join([*home, name]).upper()
        return f"there is no such setting: `{name}` is set by {meant}"
    where = f"`{name}` stands below [{key_of(above)}]"
    if not home:
        return f"{where}; top-level keys go above the first table"
    return f"{where}; it goes right below [{key_of(home)}], above the next header"


def _unit(annotation: Any, field: FieldInfo | None) -> str:
    """The unit of a number, or ""; that of an optional one stands in its type."""
    marks = [*field.metadata] if field else []
    for one in get_args(annotation):
        marks += getattr(one, "__metadata__", ())
    return next((mark.name for mark in marks if isinstance(mark, Unit)), "")


def _number(value: object) -> str:
    """A bound of a number: 0 for 0.0, 10,000 for 10000."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _list_text(path: Path_) -> str:
    variable = PREFIX + "__".join(without_tag(path)).upper()
    if variable in map(str.upper, os.environ):
        return f"a list is written as JSON: {variable}='{list_like(path)}'"
    return f"must be a list, such as {list_like(path)}"


def _such_as(model: type[BaseModel] | None) -> str:
    """A table as it could stand there: some of its defaults."""
    if model is None or issubclass(model, BaseAccount):
        return ""
    defaults = {name: field.default for name, field in model.model_fields.items()}
    numbers = [
        f"{name} = {_number(value).replace(',', '_')}"
        for name, value in defaults.items()
        if type(value) in (int, float)
    ]
    shown = numbers[:2] or [f"{name} = ..." for name in list(defaults)[:2]]
    return f", such as {{{', '.join(shown)}}}"
