"""`[accounts.NAME.mapping]`: what messages of no system become for an account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Self

from pydantic import model_validator

from batchline.systems.mapping.targets import Table, Target
from batchline.systems.section import Section


class MappingTables(Section):
    """Field -> target (`targets.py`); what is left out has the system's default."""

    contact: dict[str, str] = {}
    event: dict[str, str] = {}
    #: An event's type -> the account's own name for it; others go as they are.
    event_types: dict[str, str] = {}


class MappedAccount(Section):
    """What mapping needs of an account."""

    #: Neutral type -> how the account's system takes it; set by its `SystemSpec`.
    tables: ClassVar[Mapping[str, Table]] = {}

    system: str
    mapping: MappingTables = MappingTables()

    def targets(self, type_name: str) -> dict[str, Target]:
        """What becomes of the fields of a neutral type: the account's own table over defaults."""
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
        taken = "event" if name == "event_types" else name
        table = self.tables.get(taken)
        if table is None:
            raise ValueError(f"mapping.{name}: {self.system} takes no {taken} of ours")
        try:
            if name == "event_types":
                table.check_event_types(own)
            else:
                table.targets(own)
        except ValueError as error:
            raise ValueError(f"mapping.{name}.{error}") from None
