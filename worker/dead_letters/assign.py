"""`--set field.path=value`: single values of a message changed, named as the API or Python does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from batchline.systems.message import ApiModel, Message
from batchline.worker.intake.lines import BadLine

Model = type[ApiModel] | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `--set`: where, and what as it was typed."""

    path: tuple[str, ...]
    text: str

    @classmethod
    def parse(cls, text: str) -> Assignment:
        """From `contactEvent.value=19.99`; ValueError when it is not of that form."""
        path, equals, value = text.partition("=")
        parts = tuple(path.strip().split("."))
        if not equals or not all(parts):
            raise ValueError("must be FIELD=VALUE, such as contactEvent.value=19.99")
        return cls(parts, value)

    @property
    def value(self) -> Any:
        """JSON where it reads as such, else the text."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return self.text


def assigned(
    model: type[Message], data: dict[str, Any], assignments: Sequence[Assignment]
) -> dict[str, Any]:
    """The data with these values, under the API's names; `BadLine` for an impossible path.

    A value that reads as JSON is taken as a text all the same where the field takes no other; null
    removes the field.
    """
    made: dict[str, Any] = json.loads(json.dumps(data))
    paths = [_put(made, model, one.path, one.value) for one in assignments]
    try:
        model.model_validate(made)
    except ValidationError as error:
        wrong = {problem["loc"] for problem in error.errors() if problem["type"].endswith("_type")}
        for path, one in zip(paths, assignments, strict=True):
            if path in wrong and one.value is not None:
                _put(made, model, one.path, one.text)
    return made


def _put(
    data: dict[str, Any], model: Model, path: Sequence[str], value: Any
) -> tuple[str | int, ...]:
    """Set one value, making the objects on the way; its path under the API's names."""
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
    """What a name of a path stands for here, and the model of what lies under it."""
    if isinstance(at, list):
        is_place = name.isascii() and name.isdigit() and len(name) < 10
        if not is_place or int(name) > len(at):
            raise BadLine(f"data.{where}: is a list of {len(at)}, {name} is no place in it")
        return int(name), model
    if not isinstance(at, dict):
        raise BadLine(f"data.{where}: has no fields, so {name} cannot be set in it")
    for field_name, field in (model.model_fields if model else {}).items():
        if name in (field_name, field.alias):
            return field.alias or field_name, _model_in(field.annotation)
    return name, None


def _set(at: Any, key: Any, value: Any) -> None:
    if isinstance(at, list):
        at[key : key + 1] = [] if value is None else [value]
    elif value is None:
        del at[key]
    else:
        at[key] = value


def _model_in(annotation: Any) -> Model:
    """The model inside an annotation such as `list[Addressees] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, ApiModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
