"""The filter language on the command line: conditions as options, and whole filters as a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from batchline.worker.cli import complete
from batchline.worker.filters.language import BadFilter, Condition, Language


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

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        if self.name == "account":
            choices: Sequence[str] = complete.accounts(ctx, param, incomplete)
        else:
            choices = self._condition.choices()
        return [CompletionItem(one) for one in choices if one.startswith(incomplete)]


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
