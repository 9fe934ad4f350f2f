"""`batchline dead`: one module per command."""

from __future__ import annotations

import click

from batchline.worker.cli.dead import edit, export, import_, list_, purge, replay, seen, show


class InOrder(click.Group):
    """A group that shows its commands in the order of their use instead of the alphabet's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder)
def command() -> None:
    """Dead letters: messages given up on, kept until you decide.

    Commands that take a set of them have the same filters.
    """


command.add_command(list_.command, "list")
command.add_command(show.command, "show")
command.add_command(seen.command, "seen")
command.add_command(edit.command, "edit")
command.add_command(replay.command, "replay")
command.add_command(purge.command, "purge")
command.add_command(export.command, "export")
command.add_command(import_.command, "import")
