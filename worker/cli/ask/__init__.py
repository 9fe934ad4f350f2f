"""`batchline ask`: one module per system, loaded when it is called."""

from __future__ import annotations

import importlib

import click

#: System -> the line that `batchline ask --help` shows; the module has the same name.
SYSTEMS = {
    "salesmanago": "Contacts, coupons, jobs, pushes and users of SALESmanago.",
    "esputnik": "The account, contacts and message statuses of eSputnik.",
    "smartsender": "Contacts of Smart Sender, and their tags.",
}


class Systems(click.Group):
    """The systems that can be asked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SYSTEMS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in SYSTEMS:
            return None
        module = importlib.import_module(f"batchline.worker.cli.ask.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Systems"):
            formatter.write_dl(list(SYSTEMS.items()))


@click.group(cls=Systems, subcommand_metavar="SYSTEM QUESTION [ARGS]...")
def command() -> None:
    """Ask an API: is the contact there, is the coupon valid, has the job ended?

    A question changes nothing at the API. It keeps to the account's rate limits, which it shares
    with the workers, and to its timeouts.
    """
