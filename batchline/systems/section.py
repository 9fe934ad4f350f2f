"""The base of every section of the settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from batchline.systems.addresses import shown


class Masked(BaseModel):
    """A model whose repr shows no password of an address in it."""

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(name, shown(value)) for name, value in super().__repr_args__()]


class Section(Masked):
    """A section is strict and frozen, and its errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
