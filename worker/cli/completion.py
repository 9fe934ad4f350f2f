"""`batchline completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from batchline.worker.cli import tab

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands, options, accounts and lanes.

    \b
    Put one of these into the shell's start-up file:
      bash   eval "$(batchline completion bash)"
      zsh    eval "$(batchline completion zsh)"
      fish   batchline completion fish | source
    """
    kind = tab.Bash if shell == "bash" else get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "batchline", tab.VARIABLE).source())
