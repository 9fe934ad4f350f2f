"""Errors of the settings in words: the key as it is written, and what its value must be."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsError

from batchline.producers import kubernetes
from batchline.producers.errors import InvalidSettings
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
#: What a variable's name begins with.
PREFIX = "BATCHLINE_"
_BARE = re.compile("[A-Za-z0-9_-]+")

Path_ = Sequence[int | str]


def key_of(parts: Iterable[object]) -> str:
    """A key as TOML writes it: a part with a dot, a blank and the like stands in quotes."""
    return ".".join(_part(str(part)) for part in parts)


def _part(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def refused(lines: Sequence[str], file: Path | None) -> InvalidSettings:
    """The error about every key that cannot be used; a line for each."""
    where = f"{file} and the environment" if file else "the environment (no batchline.toml here)"
    return InvalidSettings(f"the settings in {where} cannot be used:\n  " + "\n  ".join(lines))


def problems(settings: type[BaseSettings], error: ValidationError) -> list[str]:
    """Every key that cannot be used, and why; no value is repeated."""
    lines = []
    for problem in error.errors(include_url=False):
        tag = ("system",) if problem["type"].startswith("union_tag") else ()
        key = key_of([*_without_tag(problem["loc"]), *tag]) or "settings"
        lines += [f"{key}: {text}" for text in _text(settings, problem).splitlines()]
    return lines


def unknown_environment(settings: type[BaseSettings]) -> list[str]:
    """The variables whose names begin as ours and name no setting, each with what is meant.

    Those that Kubernetes sets for a Service of such a name are none of ours.
    """
    known = {*settings.model_fields, "config"}
    lines = []
    for name, value in sorted(os.environ.items()):
        key = name.lower()
        if not key.startswith(PREFIX.lower()) or kubernetes.sets(name, value):
            continue
        first = key.removeprefix(PREFIX.lower()).partition("__")[0]
        if first not in known:
            meant = _nearest(first, known)
            hint = f"; did you mean {PREFIX}{meant.upper()}?" if meant else ""
            lines.append(f"{name}: there is no such setting{hint}")
    return lines


def caseless_environment() -> list[str]:
    """The variables that name a key of a mapping whose case counts, for it is lost on the way."""
    lines = []
    for name in sorted(os.environ):
        if not name.lower().startswith(PREFIX.lower()):
            continue
        match name[len(PREFIX) :].split("__"):
            case [accounts, account, mapping, table, *rest] if (
                (accounts.lower(), mapping.lower()) == ("accounts", "mapping")
                and rest
                and _is_lost(table.lower(), "__".join(rest))
            ):
                whole = name[: -len("__".join(["", *rest]))]
                section = key_of(["accounts", account.lower(), "mapping", table.lower()])
                lines.append(
                    f"{name}: a variable's name has no upper and lower case, and here it counts: "
                    f"write the line in the file, under [{section}], or the table as JSON: "
                    f"{whole}='{json.dumps({'__'.join(rest): '...'})}'"
                )
    return lines


def _is_lost(table: str, key: str) -> bool:
    """Whether the key's case counts: a type may have any; a field is taken in lower case."""
    return table == "event_types" or key not in (key.lower(), key.upper())


def explain_variable(settings: type[BaseSettings], error: SettingsError) -> str:
    """What is wrong with a variable whose value is not the JSON that its key needs."""
    found = re.search('field "([a-z_]+)"', str(error))
    for name in sorted(os.environ):
        path = name.lower().removeprefix(PREFIX.lower()).split("__")
        if name.lower().startswith(PREFIX.lower()) and found and path[0] == found[1]:
            annotation, _ = _at(settings, path)
            if not _is_json(os.environ[name]) and _is_list(annotation):
                return f"{name}: a list is written as JSON: {name}='{_list_like(path)}'"
            if not _is_json(os.environ[name]) and (_model(annotation) or _is_table(annotation)):
                return (
                    f"{name}: a variable that names a whole section must be a JSON object; name "
                    "single keys instead, with __ between levels"
                )
    return f"the environment: {error}: the value must be JSON"


def _text(settings: type[BaseSettings], problem: Any) -> str:
    kind, path = problem["type"], problem["loc"]
    if kind == "extra_forbidden":
        return _unknown(settings, path, problem["input"])
    annotation, field = _at(settings, path)
    if kind in _LISTS:
        return _list_text(path)
    if kind in _TABLES:
        return f"must be a table{_such_as(_model(annotation))}"
    unit = _unit(annotation, field)
    if kind in PLAIN_TEXTS:
        words = {"unit": unit and f" {unit}", "of_unit": unit and f" of {unit}"}
        bounds = {name: _number(value) for name, value in problem.get("ctx", {}).items()}
        more = NOT_A_TABLE if kind == "string_type" and isinstance(problem["input"], dict) else ""
        return PLAIN_TEXTS[kind].format(**words, **bounds) + more
    return str(problem["msg"]).removeprefix("Value error, ")


def _unknown(settings: type[BaseSettings], path: Path_, value: object) -> str:
    """What to say of a key that is none."""
    parts = _without_tag(path)
    match parts:
        case ["accounts", name, "operations", first, second] if isinstance(value, dict):
            key = key_of(["accounts", name, "operations", f"{first}.{second}"])
            upper = f"{first}_{second}".upper()
            return f"write [{key}]: the name has a dot (in the environment: OPERATIONS__{upper})"
    around, _ = _at(settings, path[:-1])
    model = _model(around)
    known = [*model.model_fields] if model else []
    if model and issubclass(model, BaseAccount):
        known += [f"{name}_file" for name in model.secrets]
    meant = _nearest(parts[-1], known)
    return f"there is no such setting{f'; did you mean {meant}?' if meant else ''}"


def _nearest(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, list(known), 1)), "")


def _without_tag(path: Path_) -> list[str]:
    """A key's path as in the file, without the system that pydantic puts behind an account."""
    parts = [str(part) for part in path if part != "[key]"]
    if len(parts) > 2 and parts[0] == "accounts" and parts[2] in systems():
        del parts[2]
    return parts


def _at(settings: type[BaseSettings], path: Path_) -> tuple[Any, FieldInfo | None]:
    """The type of what stands at a path, and its field; None where that is not known."""
    parts = _without_tag(path)
    tag = str(path[2]) if len(parts) < len(path) else ""
    annotation: Any = settings
    field: FieldInfo | None = None
    for index, part in enumerate(parts):
        model = _model(annotation)
        if model is not None:
            field = model.model_fields.get(part)
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[1] if _is_table(annotation) else None
            field = None
            if index == 1 and parts[0] == "accounts":
                annotation = _account(tag, parts[2] if len(parts) > 2 else "")
    return annotation, field


def _account(system: str, key: str) -> type[BaseModel]:
    """The account class of that system; where it is not known, one that has this key."""
    classes = {name: system.account for name, system in systems().items()}
    if system in classes:
        return classes[system]
    return next((one for one in classes.values() if key in one.model_fields), BaseAccount)


def _unit(annotation: Any, field: FieldInfo | None) -> str:
    """The unit of a number, or ""; that of an optional one stands in its type."""
    marks = [*field.metadata] if field else []
    for one in get_args(annotation):
        marks += getattr(one, "__metadata__", ())
    return next((mark.name for mark in marks if isinstance(mark, Unit)), "")


def _model(annotation: Any) -> type[BaseModel] | None:
    """The section that a type means, or None."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and get_origin(one) is None and issubclass(one, BaseModel):
            return one if not _is_table(annotation) else None
    return None


def _is_table(annotation: Any) -> bool:
    return get_origin(annotation) is dict


def _is_list(annotation: Any) -> bool:
    return any(get_origin(one) in (tuple, list) for one in (annotation, *get_args(annotation)))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _number(value: object) -> str:
    """A bound of a number: 0 for 0.0, 10,000 for 10000."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _list_text(path: Path_) -> str:
    variable = PREFIX + "__".join(_without_tag(path)).upper()
    if variable in map(str.upper, os.environ):
        return f"a list is written as JSON: {variable}='{_list_like(path)}'"
    return f"must be a list, such as {_list_like(path)}"


def _list_like(path: Path_) -> str:
    """A list as it could stand there."""
    examples = {"routes": ["default", "es"], "hosts": ["files.example"]}
    fitting = next((examples[str(part)] for part in path if part in examples), ["one", "two"])
    return json.dumps(fitting)


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
