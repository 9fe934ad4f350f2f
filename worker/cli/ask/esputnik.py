"""`batchline ask esputnik`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from batchline.ask import esputnik as ask
from batchline.ask.esputnik import Contacts
from batchline.worker.cli.ask.output import STATUS_HELP, How, answer, options

SYSTEM = "esputnik"


@click.group()
def command() -> None:
    """Ask eSputnik (Yespo)."""


@command.command()
@options
def account_info(how: How) -> None:
    """Show whose account the key is for. (GET /v1/account/info)"""
    answer(SYSTEM, how, ask.account_info)


@command.command()
@click.argument("request_ids", metavar="REQUEST_ID...", nargs=-1, required=True)
@options
def message_status(request_ids: tuple[str, ...], how: How) -> None:
    """Show what became of single messages, by their requestId. (GET /v1/message/status)

    `batchline trace ID` has the requestId of a message that Batchline sent, as "API id".
    """
    answer(SYSTEM, how, partial(ask.message_status, request_ids), rows=lambda found: found.messages)


@command.command(epilog=STATUS_HELP)
@click.argument("email", required=False)
@click.option("--phone", help="Instead: by phone number, digits with the country code.")
@click.option("--external-id", help="Instead: by your own id, externalCustomerId.")
@click.option("--id", "contact_id", type=click.IntRange(1), help="Instead: by eSputnik's own id.")
@options
def contact(
    email: str | None, phone: str | None, external_id: str | None, contact_id: int | None, how: How
) -> None:
    """Is a contact with exactly this address there? (GET /v1/contacts, /v1/contact/{id})"""
    questions: list[tuple[str | int | None, Callable[..., Contacts]]] = [
        (email, ask.contacts_by_email),
        (phone, ask.contacts_by_phone),
        (external_id, ask.contacts_by_external_id),
        (contact_id, ask.contact),
    ]
    given = [partial(question, value) for value, question in questions if value is not None]
    if len(given) != 1:
        raise click.UsageError("give one of EMAIL, --phone, --external-id, --id")
    answer(
        SYSTEM, how, given[0], rows=lambda found: found.contacts, says=lambda found: found.exists
    )
