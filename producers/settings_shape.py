"""The shape of the settings: the section, table or list that stands at a key."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from batchline.systems.account import BaseAccount
from batchline.systems.registry import systems

_BARE = re.compile("[A-Za-z0-9_-]+")

#: A key's path as pydantic tells it: behind an account's name stands its system.
Path_ = Sequence[int | str]


def key_of(parts: Iterable[object]) -> str:
    """A key as TOML writes it: a part with a dot, a blank and the like stands in quotes."""
    return ".".join(_part(str(part)) for part in parts)


def _part(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def without_tag(path: Path_) -> list[str]:
    """A key's path as in the file, without the system that pydantic puts behind an account."""
    parts = [str(part) for part in path if part != "[key]"]
    if len(parts) > 2 and parts[0] == "accounts" and parts[2] in systems():
        del parts[2]
    return parts


def type_at(settings: type[BaseSettings], path: Path_) -> tuple[Any, FieldInfo | None]:
    """The type of what stands at a path, and its field; None where that is not known."""
    parts = without_tag(path)
    tag = str(path[2]) if len(parts) < len(path) else ""
    annotation: Any = settings
    field: FieldInfo | None = None
    for index, part in enumerate(parts):
        model = model_in(annotation)
        if model is not None:
            field = model.model_fields.get(part)
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[1] if is_table(annotation) else None
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


def keys_at(settings: type[BaseSettings], path: Path_) -> list[str]:
    """The keys of the section that stands at a path; none where no section does."""
    model = model_in(type_at(settings, path)[0])
    known = [*model.model_fields] if model else []
    if model and issubclass(model, BaseAccount):
        known += [f"{name}_file" for name in model.secrets]
    return known


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of these that a misspelt name is likely to mean; "" for none."""
    return next(iter(difflib.get_close_matches(name, list(known), 1)), "")


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a type means, or None."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and get_origin(one) is None and issubclass(one, BaseModel):
            return one if not is_table(annotation) else None
    return None


def is_table(annotation: Any) -> bool:
    """Whether it is a table with keys of any name."""
    return get_origin(annotation) is dict


def is_list(annotation: Any) -> bool:
    """Whether a list stands there."""
    return any(get_origin(one) in (tuple, list) for one in (annotation, *get_args(annotation)))


def list_like(path: Path_) -> str:
    """A list as it could stand there."""
    examples = {"routes": ["default", "es"], "hosts": ["files.example"]}
    fitting = next((examples[str(part)] for part in path if part in examples), ["one", "two"])
    return json.dumps(fitting)
