"""The filter language on the command line: conditions as options, and whole filters as a text."""

from __future__ import annotations

from typing import Any

import click

from batchline.worker.filters.language import BadFilter, Condition, Language

#: Condition -> under which name of `complete.py` its values are offered.
_OFFERED = {"account": "accounts", "operation": "operations"}


class ConditionType(click.ParamType[Any]):
    """The value of a condition."""

    def __init__(self, language: Language[Any], condition: Condition) -> None:
        self.name = condition.name
        self._language = language
        self._condition = condition

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._language.value(self.name, value)
        except BadFilter as error:
            self.fail(str(error), param, ctx)

    @property
    def offers(self) -> str | list[str]:
        """What a shell offers for it (`tree.py`)."""
        return _OFFERED.get(self.name, list(self._condition.choices()))


class Where(click.ParamType[Any]):
    """A whole filter as one text."""

    name = "filter"

    def __init__(self, language: Language[Any]) -> None:
        self._language = language

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if not value.strip():  # an empty variable of a shell must not mean everything
            self.fail("must not be empty", param, ctx)
        try:
            return self._language.parse(value)
        except BadFilter as error:
            self.fail(str(error), param, ctx)
