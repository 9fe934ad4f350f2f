"""The section `[accounts.NAME.mapping]`: how neutral messages become an account's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import ClassVar

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

    def mapping_problems(self) -> Iterator[str]:
        """What is wrong with the account's own tables."""
        for name, own in self.mapping:
            if own:
                yield from self._problems_of_table(name, own)

    def _problems_of_table(self, name: str, own: dict[str, str]) -> Iterator[str]:
        type_name = "event" if name == "event_types" else name
        table = self.tables.get(type_name)
        if table is None:
            yield f"mapping.{name}: {self.system} takes no {type_name} of ours"
            return
        try:
            if name == "event_types":
                table.check_event_types(own)
            else:
                table.targets(own)
        except ValueError as error:
            yield f"mapping.{name}.{error}"
