"""Text that a message may hold: whole characters, and no control characters.

A half of a surrogate pair cannot be written as UTF-8, and an API refuses, cuts or drops control
characters. So both are refused when the message is made, and the error names the field.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

#: Tab and line breaks may stand in a text; the other control characters of Unicode may not.
_WITHOUT_CONTROL = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
HALF = (
    "holds half of a character (half a surrogate pair): the text was cut inside of it, as "
    "JavaScript's substring does"
)
CONTROL = "holds a control character: remove it (tab and line breaks may stand)"
#: Parts of a schema that are no schema.
_NO_SCHEMA = frozenset({"cls", "default", "expected", "metadata", "serialization"})


def is_whole(text: str) -> bool:
    """Whether the text holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked(text: str) -> str:
    """The text itself. Raises ValueError if no message may hold it."""
    if text.isascii() and text.isprintable():
        return text
    if not is_whole(text):
        raise ValueError(HALF)
    found = _CONTROL.search(text)
    if found:
        raise ValueError(f"{CONTROL}; it is U+{ord(found[0]):04X}, at character {found.start()}")
    return text


def escaped(text: str) -> str:
    """The text with each control character that no message may hold as `\\u001f`, say."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class TextModel(BaseModel):
    """A model whose every text is checked, in lists and as names in maps too.

    The check is a part of the schema of each `str`, so that pydantic's core does it: the models
    name their fields' types as ever. Fields without a `str` in their type, such as JSON values,
    check their own texts (`free_values.py`).
    """

    # The schema is made of functions that stand below.
    model_config = ConfigDict(defer_build=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The model's schema, with every text checked; pydantic calls this method by its name."""
        schema: CoreSchema = _with_checks(handler(source), source)
        return schema


def _with_checks(part: Any, model: type[BaseModel]) -> Any:
    """The part of the model's schema with checks; a model inside of it has its own."""
    if isinstance(part, list | tuple):
        return type(part)(_with_checks(one, model) for one in part)
    if not isinstance(part, dict) or _is_other_model(part, model):
        return part
    if part.get("type") == "str":
        return _checked_text(part)
    return {
        name: inner if name in _NO_SCHEMA else _with_checks(inner, model)
        for name, inner in part.items()
    }


def _is_other_model(part: dict[str, Any], model: type[BaseModel]) -> bool:
    is_model = part.get("type") == "model" and issubclass(part["cls"], TextModel)
    return is_model and part["cls"] is not model


def _checked_text(schema: Any) -> CoreSchema:
    return core_schema.chain_schema(
        [
            core_schema.str_schema(strict=schema.get("strict")),
            core_schema.custom_error_schema(
                # A bound makes pydantic's core read the text, which half of a character prevents.
                core_schema.str_schema(min_length=0),
                custom_error_type="half_of_a_character",
                custom_error_message=HALF,
            ),
            core_schema.custom_error_schema(
                core_schema.str_schema(pattern=_WITHOUT_CONTROL),
                custom_error_type="control_character",
                custom_error_message=CONTROL,
            ),
            schema,
        ]
    )
