"""What eSputnik answers to questions: typed, three-valued where that matters.

A list of one may arrive as its element, a number or a boolean as a text (002:270-295).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.systems import lenient
from batchline.systems.esputnik.readings import as_list
from batchline.systems.lenient import Maybe
from batchline.systems.question import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo(Result):
    """The answer of GET /v1/account/info, as the vendor's own plug-in reads it."""

    organisation: str | None
    org_id: str | None
    user_email: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> AccountInfo:
        return cls(
            organisation=lenient.text(body.get("organisationName")),
            org_id=lenient.text(body.get("orgId")),
            user_email=lenient.text(body.get("userEmail")),
            raw=body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatus:
    """The status of one single message (002:288-295)."""

    request_id: str | None
    #: In the API's own words, such as `DELIVERED`.
    status: str | None
    delivered: Maybe
    failed: Maybe

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> MessageStatus:
        return cls(
            request_id=lenient.text(entry.get("requestId")),
            status=lenient.text(entry.get("status")),
            delivered=lenient.flag(entry.get("delivered")),
            failed=lenient.flag(entry.get("failed")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatuses(Result):
    """The `results` of GET /v1/message/status."""

    messages: tuple[MessageStatus, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> MessageStatuses:
        entries = map(lenient.fields, as_list(body.get("results")))
        return cls(messages=tuple(MessageStatus.of(one) for one in entries if one), raw=body)

    def find(self, request_id: str) -> MessageStatus | None:
        """The status of the message with this `requestId`; None: the answer does not have it."""
        return next((one for one in self.messages if one.request_id == request_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact, as GET /v1/contact/{id} and the search show it."""

    id: str | None
    external_customer_id: str | None
    first_name: str | None
    last_name: str | None
    #: The values of the channels: the contact's addresses and phone numbers.
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    #: Names of the segments that the answer shows the contact in.
    segments: tuple[str, ...]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Contact:
        channels = [lenient.fields(one) for one in as_list(entry.get("channels"))]
        groups = [lenient.fields(one) for one in as_list(entry.get("groups"))]
        return cls(
            id=lenient.text(entry.get("id")),
            external_customer_id=lenient.text(entry.get("externalCustomerId")),
            first_name=lenient.text(entry.get("firstName")),
            last_name=lenient.text(entry.get("lastName")),
            emails=_values(channels, "email"),
            phones=_values(channels, "sms"),
            segments=_texts([one.get("name") for one in groups]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts(Result):
    """The contacts with exactly the address, the number or the id that was asked for."""

    #: None: nothing says so; the search may have more rows than were asked for.
    exists: Maybe
    #: Two contacts may have one address.
    contacts: tuple[Contact, ...]


def _values(channels: Sequence[Mapping[str, Any]], kind: str) -> tuple[str, ...]:
    return _texts([one.get("value") for one in channels if one.get("type") == kind])


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(text for text in map(lenient.text, values) if text is not None)
