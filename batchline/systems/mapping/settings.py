"""The section `[accounts.NAME.mapping]`: how neutral messages become an account's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Self

from pydantic import model_validator

from batchline.systems.mapping.targets import Table, Target
from batchline.systems.section import Section


class MappingTables(Section):
    """Field -> target (`targets.py`); a field left out has the system's default."""

    contact: dict[str, str] = {}
    event: dict[str, str] = {}
    #: An event's type -> the account's own name for it; other types are sent as they are.
    event_types: dict[str, str] = {}


class MappedAccount(Section):
    """The part of an account that mapping needs."""

    #: Neutral type -> its table; the system's `SystemSpec` sets it.
    tables: ClassVar[Mapping[str, Table]] = {}

    system: str
    mapping: MappingTables = MappingTables()

    def targets(self, type_name: str) -> dict[str, Target]:
        """Field -> target for a neutral type: the account's own table over the defaults."""
        return self._targets[type_name]

    @cached_property
    def _targets(self) -> dict[str, dict[str, Target]]:
        own = self.mapping.model_dump()
        return {name: table.targets(own[name]) for name, table in self.tables.items()}

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for name, own in self.mapping:
            if own:
                self._check(name, own)
        return self

    def _check(self, name: str, own: dict[str, str]) -> None:
        type_name = "event" if name == "event_types" else name
        table = self.tables.get(type_name)
        if table is None:
            raise ValueError(f"mapping.{name}: {self.system} takes no {type_name} of ours")
        try:
            if name == "event_types":
                table.check_event_types(own)
            else:
                table.targets(own)
        except ValueError as error:
            raise ValueError(f"mapping.{name}.{error}") from None
