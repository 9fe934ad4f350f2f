"""Which field of an API's item an unknown name is likely to mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel


def meant(model: type[BaseModel], path: Sequence[int | str]) -> str:
    """The field, as a path in the item, that is meant by this one, which there is not; or ""."""
    *above, name = path
    section: type[BaseModel] | None = model
    for part in above:
        if section is not None and isinstance(part, str):
            section = _fields(section).get(part)
    if section is None:
        return ""
    start = ".".join(str(part) for part in ("data", *above))
    fields = _fields(section)
    for field, within in fields.items():
        if within is not None and name in _fields(within):
            return f"{start}.{field}.{name}"
    near = difflib.get_close_matches(str(name), list(fields), 1)
    return f"{start}.{near[0]}" if near else ""


def _fields(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """Field, as the API spells it -> the model of what it holds, where that is one."""
    return {
        info.alias or name: next(_models(info.annotation), None)
        for name, info in model.model_fields.items()
    }


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from _models(one)
