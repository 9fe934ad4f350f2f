"""The list of unsubscribed e-mail addresses: POST /v1/emails/unsubscribed/add and /delete."""

from __future__ import annotations

from typing import ClassVar

from batchline.systems.esputnik.messages.common import Email
from batchline.systems.message import Message


class EmailUnsubscription(Message):
    """Unsubscribes an e-mail address: POST /v1/emails/unsubscribed/add.

    "You unsubscribe not a contact, but their email address": SMS, Viber and push stay active, and
    every contact with the address stops receiving bulk e-mails.
    """

    operation: ClassVar[str] = "email.unsubscribe"
    withdraws: ClassVar[bool] = True
    system: ClassVar[str] = "esputnik"
    lane: ClassVar[str] = "contact.subscribe"

    email: Email

    def contact_key(self) -> str:
        return self.email.lower()


class EmailResubscription(Message):
    """Removes an address from the unsubscribed ones: POST /v1/emails/unsubscribed/delete."""

    operation: ClassVar[str] = "email.resubscribe"
    system: ClassVar[str] = "esputnik"
    lane: ClassVar[str] = "contact.subscribe"

    email: Email

    def contact_key(self) -> str:
        return self.email.lower()
