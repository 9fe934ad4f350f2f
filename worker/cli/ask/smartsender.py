"""`batchline ask smartsender`."""

from __future__ import annotations

from functools import partial

import click

from batchline.ask import smartsender as ask
from batchline.worker.cli.ask.output import STATUS_HELP, How, answer, options

SYSTEM = "smartsender"


@click.group()
def command() -> None:
    """Ask Smart Sender."""


@command.command(epilog=STATUS_HELP)
@click.argument("contact_id")
@options
def contact(contact_id: str, how: How) -> None:
    """Is the contact with this id there, in the token's project? (GET /v1/contacts/{id}/info)"""
    answer(SYSTEM, how, partial(ask.contact, contact_id), says=lambda found: found.exists)


@command.command(epilog=STATUS_HELP)
@click.argument("contact_id")
@click.option("--has", "tag", help="Has the contact the tag with this id or name?")
@options
def tags(contact_id: str, tag: str | None, how: How) -> None:
    """Show the tags of a contact. (GET /v1/contacts/{id}/tags)"""
    answer(
        SYSTEM,
        how,
        partial(ask.tags, contact_id),
        rows=lambda found: found.tags,
        says=None if tag is None else lambda found: found.exists(tag),
    )
