"""Names of fields in the models of messages: the API's own, or Python's."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from batchline.systems.message import ApiModel

Model = type[ApiModel] | None


def model_in(annotation: Any) -> Model:
    """The model inside an annotation such as `list[Addressees] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, ApiModel):
        return annotation
    inner = (model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def unknown_part(model: Model, path: Sequence[str]) -> tuple[str, str] | None:
    """The part of a path that is no field, as a path, and the path that is meant or "".

    None where every part is a field, as far as models say what there is.
    """
    for index, name in enumerate(path):
        if model is None or (index and name.isdigit()):
            return None
        known = dict(_fields(model))
        if name not in known:
            near = next(iter(difflib.get_close_matches(name, known, 1)), "")
            above = path[:index]
            return ".".join((*above, name)), ".".join((*above, near)) if near else ""
        model = model_in(known[name].annotation)
    return None


def _fields(model: type[ApiModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Each name by which a field can be given, and the field."""
    for name, field in model.model_fields.items():
        choices = field.validation_alias
        others = choices.choices if isinstance(choices, AliasChoices) else [choices]
        for one in (field.alias, *others, name):
            if isinstance(one, str):
                yield one, field
