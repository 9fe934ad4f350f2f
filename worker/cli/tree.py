"""The commands and their options as plain data, in `tree.json`: loading it takes no module of them.

`make completion` writes it again from the commands; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import click

NAME = "tree.json"
#: What stands for a file or folder among what is offered.
FILE = "file"
#: The option that every command has.
HELP = {"opts": ["--help", "-h"], "help": "Show the help, and end.", "flag": True}


def described(command: click.Command, ctx: click.Context) -> dict[str, Any]:
    """A command, the commands in it, and their options, as data."""
    found: dict[str, Any] = {"help": command.get_short_help_str(70)}
    if command.context_settings.get("ignore_unknown_options"):
        found["passes_on"] = True
    params = [_param(one) for one in command.params if not getattr(one, "hidden", False)]
    if command.add_help_option:
        params.append(HELP)
    if params:
        found["params"] = params
    if isinstance(command, click.Group):
        found["commands"] = {}
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            found["commands"][name] = described(inner, click.Context(inner, ctx, name))
    return found


def _param(param: click.Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"opts": sorted([*param.opts, *param.secondary_opts])}
    if isinstance(param, click.Argument):
        found["argument"] = True
        if param.nargs != 1:
            found["nargs"] = param.nargs
    elif isinstance(param, click.Option):
        found["help"] = (param.help or "").partition(". ")[0][:70]
        if param.is_flag or param.count:
            found["flag"] = True
        if param.multiple:
            found["multiple"] = True
    offers = _offers(param.type)
    if offers and "flag" not in found:
        found["offers"] = offers
    return found


def _offers(kind: click.ParamType[Any]) -> str | list[str] | None:
    """The values that there are, or the name under which they are offered (`complete.py`)."""
    if isinstance(kind, click.Choice):
        return list(map(str, kind.choices))
    if isinstance(kind, click.Path | click.File):
        return FILE
    offers: str | list[str] | None = getattr(kind, "offers", None)
    return offers


@cache
def load() -> Mapping[str, Any]:
    """The whole of it: `commands`, of `batchline` itself, and `operations`."""
    found: dict[str, Any] = json.loads((files("batchline.worker.cli") / NAME).read_text())
    return found


def operations() -> dict[str, dict[str, str]]:
    """System -> operation -> its lane, of the systems that come with Batchline."""
    found: dict[str, dict[str, str]] = load()["operations"]
    return found
