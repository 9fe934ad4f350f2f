"""`--set FIELD=VALUE`: changes single values of a message; a path names the field, in dots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from batchline.systems.message import Message
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.model_paths import Model, model_in


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `--set`."""

    #: The names on the way to the field, the API's or Python's.
    path: tuple[str, ...]
    #: The value as it was typed.
    text: str

    @classmethod
    def parse(cls, text: str) -> Assignment:
        """The assignment of a text such as `contactEvent.value=19.99`.

        Raises ValueError for a text of another form.
        """
        path, equals, value = text.partition("=")
        parts = tuple(path.strip().split("."))
        if not equals or not all(parts):
            raise ValueError("must be FIELD=VALUE, such as contactEvent.value=19.99")
        return cls(parts, value)

    @property
    def value(self) -> Any:
        """The value of the text as JSON; if it is none, the text itself."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return self.text


def assigned(
    model: type[Message], data: dict[str, Any], assignments: Sequence[Assignment]
) -> dict[str, Any]:
    """The data with these values, under the API's names; raises `BadLine` for an impossible path.

    A value that reads as JSON is taken as a text where the field takes only texts. null removes the
    field.
    """
    changed: dict[str, Any] = json.loads(json.dumps(data))
    paths = [_put(changed, model, assignment.path, assignment.value) for assignment in assignments]
    try:
        model.model_validate(changed)
    except ValidationError as error:
        wrong = {problem["loc"] for problem in error.errors() if problem["type"].endswith("_type")}
        for path, assignment in zip(paths, assignments, strict=True):
            if path in wrong and assignment.value is not None:
                _put(changed, model, assignment.path, assignment.text)
    return changed


def _put(
    data: dict[str, Any], model: Model, path: Sequence[str], value: Any
) -> tuple[str | int, ...]:
    """Set one value, adding the objects on the way; return its path under the API's names."""
    at: Any = data
    keys: list[Any] = []
    for index, name in enumerate(path, start=1):
        key, model = _key(at, model, name, ".".join(path[: index - 1]))
        keys.append(key)
        is_there = key < len(at) if isinstance(at, list) else key in at
        if value is None and not is_there:
            break
        if index == len(path):
            _set(at, key, value)
            break
        if not is_there:
            _set(at, key, {})
        at = at[key]
    return tuple(keys)


def _key(at: Any, model: Model, name: str, where: str) -> tuple[Any, Model]:
    """The key or index in `at` that a name of a path stands for, and the model of its value."""
    if isinstance(at, list):
        is_index = name.isascii() and name.isdigit() and len(name) < 10
        if not is_index or int(name) > len(at):
            raise BadLine(f"data.{where}: is a list of {len(at)}, {name} is no index in it")
        return int(name), model
    if not isinstance(at, dict):
        raise BadLine(f"data.{where}: has no fields, so {name} cannot be set in it")
    for field_name, field in (model.model_fields if model else {}).items():
        if name in (field_name, field.alias):
            return field.alias or field_name, model_in(field.annotation)
    return name, None


def _set(at: Any, key: Any, value: Any) -> None:
    if isinstance(at, list):
        at[key : key + 1] = [] if value is None else [value]
    elif value is None:
        del at[key]
    else:
        at[key] = value
