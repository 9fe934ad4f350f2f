"""Subscription forms: POST /v1/contact/subscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.esputnik.messages.common import FormType, Name
from batchline.systems.esputnik.messages.contact_parts import ContactParts, key_of
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import ContactSubscriptionDict


class ContactSubscription(Message):
    """Subscribes a contact as a form on a site does: POST /v1/contact/subscribe.

    A new contact is unconfirmed until it opts in. Each call emits an event: `subscribeFromApi` for
    a new contact, `subscribeUpdateFromApi` for a known one, each followed by `-` and `form_type`.
    So a repeated call may start a workflow twice. Unknown segments in `groups` are created.
    """

    operation: ClassVar[str] = "contact.subscribe"
    system: ClassVar[str] = "esputnik"

    contact: ContactParts
    groups: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Keys of subscription categories.
    subscriptions: Annotated[list[Name], Field(min_length=1)] | None = None
    form_type: FormType | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactSubscriptionDict]) -> None: ...

    def contact_key(self) -> str:
        """The first e-mail address, under which `EmailUnsubscription` names the contact; else as
        of an upsert."""
        emails = [one.value for one in self.contact.channels or () if one.type == "email"]
        return emails[0].lower() if emails else key_of(self.contact)

    def contact_keys(self) -> set[str]:
        return super().contact_keys() | ({key_of(self.contact)} - {""})

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.contact_key():
            raise ValueError(
                "contact: externalCustomerId or channels, give at least one "
                "(POST /v1/contact/subscribe)"
            )
        return self
