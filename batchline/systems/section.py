"""The base of every section of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from batchline.systems.addresses import shown


class Masked(BaseModel):
    """A model whose repr shows no password of an address in it."""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(name, shown(value)) for name, value in super().__repr_args__()]


class Section(Masked):
    """A section is strict and frozen, and its errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a number, for the error about it."""

    name: str


def spelled(pattern: str, words: str) -> AfterValidator:
    """A text that must match this pattern; the error says in `words` what it must be."""
    known = re.compile(pattern)

    def check(text: str) -> str:
        if not known.fullmatch(text):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)
