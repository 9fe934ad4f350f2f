"""Models that name a thing by one of several identifiers."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from pydantic import model_validator
from pydantic.alias_generators import to_camel

from batchline.systems.message import ApiModel

#: Fields (Python names) that are identifiers of one thing.
Group = tuple[str, ...]


class Identified(ApiModel):
    """A model in which an identifier that is "", or an empty list, beside another one is none."""

    #: The identifiers of each thing that the model names.
    identifiers: ClassVar[tuple[Group, ...]] = (("email", "contact_id"),)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        return without_empty(value, *cls.identifiers)


def without_empty(value: Any, *groups: Group) -> Any:
    """The input of a model, without identifiers that are empty where the group has another one.

    A sample of SALESmanago has `"contactId": ""` beside an address (contact/addNote), and forms of
    shops have empty fields. Where a group has no other identifier, the input stays as it is, and is
    refused.
    """
    if not isinstance(value, dict) or not _has_empty(value, groups):
        return value
    empty = {name for group in groups for name in _empty(value, group)}
    return {name: part for name, part in value.items() if name not in empty} if empty else value


def _has_empty(value: dict[str, Any], groups: tuple[Group, ...]) -> bool:
    """Whether one of the identifiers is empty: few messages have one, and each is looked at."""
    for group in groups:
        for name in _spellings(group):
            if name in value and is_empty(value[name]):
                return True
    return False


def is_empty(value: Any) -> bool:
    """Whether it is a text of blanks at most, or a list of nothing."""
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, list | tuple) and not value


def _empty(value: dict[str, Any], group: Group) -> list[str]:
    given = [name for name in _spellings(group) if value.get(name) is not None]
    empty = [name for name in given if is_empty(value[name])]
    return empty if len(empty) < len(given) else []


@cache
def _spellings(group: Group) -> tuple[str, ...]:
    """Python's names and the API's own."""
    return tuple(dict.fromkeys(name for one in group for name in (one, to_camel(one))))
