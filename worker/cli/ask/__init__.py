"""`batchline ask`: one module per system, loaded when it is called."""

from __future__ import annotations

import click

from batchline.worker.cli.root import Lazy

#: System -> the line that `batchline ask --help` shows; the module has the same name.
SYSTEMS = {
    "salesmanago": "Contacts, coupons, jobs, pushes and users of SALESmanago.",
    "esputnik": "The account, contacts and message statuses of eSputnik.",
    "smartsender": "Contacts of Smart Sender, and their tags.",
}


class Systems(Lazy):
    """The systems that can be asked."""

    lines = SYSTEMS
    package = "batchline.worker.cli.ask"
    title = "Systems"


@click.group(cls=Systems, subcommand_metavar="SYSTEM QUESTION [ARGS]...")
def command() -> None:
    """Ask an API: is the contact there, is the coupon valid, has the job ended?

    A question changes nothing at the API. It keeps to the account's rate limits, which it shares
    with the workers, and to its timeouts.
    """
