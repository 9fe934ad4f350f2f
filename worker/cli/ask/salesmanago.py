"""`batchline ask salesmanago`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from batchline.ask import salesmanago as ask
from batchline.ask.salesmanago import Contacts
from batchline.systems.lenient import Maybe
from batchline.worker.cli.ask.output import STATUS_HELP, How, answer, options

SYSTEM = "salesmanago"
_owner = click.option("--owner", help="Asked as this user; the account's owner if left out.")


@click.group()
def command() -> None:
    """Ask SALESmanago (API v2)."""


@command.command(epilog=STATUS_HELP)
@click.argument("email")
@_owner
@options
def has_contact(email: str, owner: str | None, how: How) -> None:
    """Is a contact with this address there? (contact/hasContact)

    An answer of no may mean a contact that the owner must not see.
    """
    answer(
        SYSTEM, how, partial(ask.has_contact, email, owner=owner), says=lambda found: found.exists
    )


@command.command(epilog=STATUS_HELP)
@click.argument("contacts", metavar="EMAIL|ID...", nargs=-1, required=True)
@_owner
@options
def contact(contacts: tuple[str, ...], owner: str | None, how: How) -> None:
    """Show up to 50 contacts by address or by contactId. (contact/list, contact/listById)

    The answer is yes if all are there, no if one of them is shown as deleted. It is not known of a
    contact that is not shown: the owner may have no right to see it (has-contact says yes or no).
    """
    by_email = ["@" in one for one in contacts]
    if len(set(by_email)) > 1:
        raise click.UsageError("give addresses or contactIds, not both at once")
    answer(
        SYSTEM,
        how,
        partial(
            ask.contacts_by_email if by_email[0] else ask.contacts_by_id, contacts, owner=owner
        ),
        rows=lambda found: found.contacts,
        says=lambda found: _all_exist(found, contacts),
        note=lambda found: _not_shown(found, contacts),
    )


@command.command(epilog=STATUS_HELP)
@click.argument("name")
@click.argument("code")
@click.option("--email", help="Also: is it assigned to the contact with this address?")
@click.option("--contact-id", help="Also: is it assigned to this contact? Goes before --email.")
@options
def coupon(name: str, code: str, email: str | None, contact_id: str | None, how: How) -> None:
    """Is CODE of the coupon NAME valid? (coupon/verify)"""
    answer(
        SYSTEM,
        how,
        partial(ask.verify_coupon, name, code, email=email, contact_id=contact_id),
        says=lambda found: found.valid,
    )


@command.command(epilog=STATUS_HELP)
@click.argument("request_id", type=click.IntRange(0))
@_owner
@options
def job(request_id: int, owner: str | None, how: How) -> None:
    """Has the job with this requestId ended? (job/status)

    It is asked as the owner whom the job was made for. The address of its file is shown without
    its signature, which lets anybody read the file: Python has it whole (ask.salesmanago).
    """
    answer(
        SYSTEM,
        how,
        partial(ask.job_status, request_id, owner=owner),
        says=lambda found: found.ended,
    )


@command.command(epilog=STATUS_HELP)
@click.argument("application_id")
@click.option("--has", "push_id", help="Is the push with this id among them?")
@options
def pushes(application_id: str, push_id: str | None, how: How) -> None:
    """Show the mobile pushes of an application. (mobile/push/list)"""
    answer(
        SYSTEM,
        how,
        partial(ask.pushes, application_id),
        rows=lambda found: found.notifications,
        says=None if push_id is None else lambda found: found.exists(push_id),
    )


@command.command(epilog=STATUS_HELP)
@click.option("--has", "user", help="Is this user among them?")
@options
def users(user: str | None, how: How) -> None:
    """Show the users of the account, who may be owners. (user/listByClient)"""
    answer(SYSTEM, how, ask.users, says=None if user is None else lambda found: found.exists(user))


def _not_shown(found: Contacts, wanted: Sequence[str]) -> str:
    missing = [one for one in wanted if found.exists(one) is None]
    return f"not shown to the owner: {', '.join(missing)}" if missing else ""


def _all_exist(found: Contacts, wanted: Sequence[str]) -> Maybe:
    """Yes, if all are there; no, if one is not; else it is not known."""
    each = [found.exists(one) for one in wanted]
    return False if False in each else None if None in each else True
