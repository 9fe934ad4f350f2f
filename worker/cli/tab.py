"""A Tab: the commands are made anew from `tree.json`, without loading any of their modules."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    split_arg_string,
)
from click.shell_completion import shell_complete as complete_shell

from batchline.worker.cli import tree
from batchline.worker.cli.complete import Known

VARIABLE = "_BATCHLINE_COMPLETE"


def answer() -> None:
    """Print what can follow the words of the shell, and end."""
    sys.exit(
        complete_shell(
            made(tree.load()["batchline"], "batchline"),
            {},
            "batchline",
            VARIABLE,
            os.environ[VARIABLE],
        )
    )


def made(found: Mapping[str, Any], name: str) -> click.Command:
    """The command of this data, good for completion alone."""
    params = [_param(one) for one in found.get("params", ())]
    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    about: dict[str, Any] = {
        "params": params,
        "help": found["help"],
        "add_help_option": False,
        "context_settings": settings if found.get("passes_on") else {},
    }
    if "commands" not in found:
        return click.Command(name, **about)
    inner = {one: made(data, one) for one, data in found["commands"].items()}
    return InOrder(name, commands=inner, invoke_without_command=True, **about)


class InOrder(click.Group):
    """A group that shows its commands in the order of their use instead of the alphabet's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _param(found: Mapping[str, Any]) -> click.Parameter:
    offers = found.get("offers")
    kind: click.ParamType[Any] = click.STRING
    if offers == tree.FILE:
        kind = click.Path()
    elif isinstance(offers, list):
        kind = click.Choice(offers)
    elif offers:
        kind = Known(offers)
    if found.get("argument"):
        return click.Argument(found["opts"], type=kind, nargs=found.get("nargs", 1), required=False)
    is_flag = found.get("flag", False)
    return click.Option(
        found["opts"],
        type=None if is_flag else kind,
        is_flag=is_flag,
        multiple=found.get("multiple", False),
        help=found["help"],
    )


class Bash(BashComplete):
    """Bash breaks words at : and @, which stand in our names: the line is read as a whole."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' type value
    COMPREPLY=()
    for one in $(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
            %(complete_var)s=bash_complete $1); do
        IFS=',' read -r type value <<< "$one"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        self._before = 0
        line = os.environ.get("COMP_LINE")
        if line is None:
            return super().get_completion_args()
        words = split_arg_string(line)
        last = "" if not line or line[-1].isspace() else words.pop()
        value = last.partition("=")[2] if last.startswith("--") and "=" in last else last
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        self._before = max(value.rfind(one) for one in ":@") + 1 if ":" in breaks else 0
        return words[1:], last

    def format_completion(self, item: CompletionItem[Any]) -> str:
        return f"{item.type},{item.value[self._before :] if item.type == 'plain' else item.value}"


add_completion_class(Bash)
