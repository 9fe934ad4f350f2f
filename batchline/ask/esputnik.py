"""Questions to eSputnik (Yespo). What they answer: `batchline.systems.esputnik.findings`."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.ask.call import asked
from batchline.producers.frames import without_values
from batchline.producers.settings import Settings
from batchline.systems.esputnik import questions
from batchline.systems.esputnik.findings import (
    AccountInfo,
    Contact,
    Contacts,
    MessageStatus,
    MessageStatuses,
)
from batchline.systems.question import WAIT

__all__ = [
    "AccountInfo",
    "Contact",
    "Contacts",
    "MessageStatus",
    "MessageStatuses",
    "account_info",
    "contact",
    "contacts_by_email",
    "contacts_by_external_id",
    "contacts_by_phone",
    "message_status",
]


@without_values
def account_info(
    *, account: str = "default", settings: Settings | None = None, wait: float = WAIT
) -> AccountInfo:
    """Whose account the key is for: GET /v1/account/info."""
    return asked(questions.account_info(), account, settings, wait)


@without_values
def message_status(
    request_ids: Sequence[str],
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> MessageStatuses:
    """What became of single messages, by their `requestId`: GET /v1/message/status.

    `Producer.api_id` has the requestId of a message that Batchline sent.
    """
    return asked(questions.message_status(request_ids), account, settings, wait)


@without_values
def contact(
    contact_id: int,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """The contact with eSputnik's own id: GET /v1/contact/{id}."""
    return asked(questions.contact(contact_id), account, settings, wait)


@without_values
def contacts_by_email(
    email: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """The contacts with exactly this address: GET /v1/contacts, near matches left out."""
    return asked(questions.contacts_by_email(email), account, settings, wait)


@without_values
def contacts_by_phone(
    phone: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """The contacts with exactly this phone number: GET /v1/contacts, near matches left out."""
    return asked(questions.contacts_by_phone(phone), account, settings, wait)


@without_values
def contacts_by_external_id(
    external_customer_id: str,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = WAIT,
) -> Contacts:
    """The contact with your own id of it: GET /v1/contacts."""
    question = questions.contacts_by_external_id(external_customer_id)
    return asked(question, account, settings, wait)
