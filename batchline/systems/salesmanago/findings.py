"""What SALESmanago answers to questions: typed, three-valued where that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batchline.systems import lenient
from batchline.systems.lenient import Maybe
from batchline.systems.question import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFound(Result):
    """The answer of contact/hasContact (000:609-623)."""

    #: Whether the API has the contact, as far as the owner may see it; None: it does not say.
    exists: Maybe
    contact_id: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> ContactFound:
        exists, contact_id = lenient.flag(body.get("result")), lenient.text(body.get("contactId"))
        if exists is False and contact_id is not None:
            exists = None  # it says no, and names the contact
        return cls(exists=exists, contact_id=contact_id, raw=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One of a contact's `contactExtEvents` (000:1106-1116)."""

    event_id: str | None
    external_id: str | None
    type: str | None
    #: UNIX ms.
    date: int | None
    value: float | None
    products: str | None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Event:
        return cls(
            event_id=lenient.text(entry.get("eventId")),
            external_id=lenient.text(entry.get("externalId")),
            type=lenient.text(entry.get("contactExtEventType")),
            date=lenient.whole_number(entry.get("date")),
            value=lenient.number(entry.get("value")),
            products=lenient.text(entry.get("products")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One of a contact's `coupons` (000:1117-1121)."""

    code: str | None
    name: str | None
    used: Maybe
    #: UNIX ms.
    valid_to: int | None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Coupon:
        return cls(
            code=lenient.text(entry.get("coupon")),
            name=lenient.text(entry.get("name")),
            used=lenient.flag(entry.get("used")),
            valid_to=lenient.whole_number(entry.get("validTo")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Result):
    """A contact as contact/list and listById show it (000:1019-1137)."""

    id: str | None
    email: str | None
    name: str | None
    phone: str | None
    external_id: str | None
    state: str | None
    opted_out: Maybe
    opted_out_phone: Maybe
    deleted: Maybe
    invalid: Maybe
    main_owner: str | None
    tags: tuple[str, ...]
    properties: Mapping[str, str]
    events: tuple[Event, ...]
    coupons: tuple[Coupon, ...]
    #: UNIX ms.
    created_on: int | None
    modified_on: int | None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Contact:
        tags = (lenient.text(one.get("tag")) for one in _listed(entry, "contactTags"))
        properties = {
            lenient.text(one.get("name")): lenient.text(one.get("value")) or ""
            for one in _listed(entry, "properties")
        }
        return cls(
            id=lenient.text(entry.get("id")),
            email=lenient.text(entry.get("email")),
            name=lenient.text(entry.get("name")),
            phone=lenient.text(entry.get("phone")),
            external_id=lenient.text(entry.get("externalId")),
            state=lenient.text(entry.get("state")),
            opted_out=lenient.flag(entry.get("optedOut")),
            opted_out_phone=lenient.flag(entry.get("optedOutPhone")),
            deleted=lenient.flag(entry.get("deleted")),
            invalid=lenient.flag(entry.get("invalid")),
            main_owner=lenient.text(entry.get("mainContactOwner")),
            tags=tuple(tag for tag in tags if tag),
            properties={name: value for name, value in properties.items() if name},
            events=tuple(map(Event.of, _listed(entry, "contactExtEvents"))),
            coupons=tuple(map(Coupon.of, _listed(entry, "coupons"))),
            created_on=lenient.whole_number(entry.get("createdOn")),
            modified_on=lenient.whole_number(entry.get("modifiedOn")),
            raw=entry,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts(Result):
    """The contacts that contact/list or listById shows to the owner."""

    contacts: tuple[Contact, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Contacts:
        return cls(contacts=tuple(map(Contact.of, _listed(body, "contacts"))), raw=body)

    def find(self, identifier: str) -> Contact | None:
        """The contact with this address or id, where the answer shows exactly one."""
        wanted = identifier.strip().lower()
        found = [
            one
            for one in self.contacts
            if wanted in {(one.email or "").lower(), (one.id or "").lower()}
        ]
        return found[0] if len(found) == 1 else None

    def exists(self, identifier: str) -> Maybe:
        """Whether the contact is there; False: it is shown as deleted.

        None: it is not shown. It may be a contact that the owner must not see, and the documents do
        not say that every other one is shown: contact/hasContact answers yes or no.
        """
        found = self.find(identifier)
        return None if found is None else found.deleted is not True


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponChecked(Result):
    """The answer of coupon/verify (000:2796-2803)."""

    valid: Maybe
    #: Why the coupon is not valid, in the API's own words, such as `expired` (000:2779).
    reason: str | None
    #: "if the coupon has been marked as used" (000:2803). The documents' sample has `true` for a
    #: valid coupon too (000:2769-2770): so it does not say that the coupon cannot be used.
    sent: Maybe

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> CouponChecked:
        return cls(
            valid=lenient.flag(body.get("valid")),
            reason=lenient.text(body.get("reason")),
            sent=lenient.flag(body.get("sent")),
            raw=body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus(Result):
    """The answer of job/status (000:4456-4483)."""

    #: `fileUrl` "is returned only when the export is completed" (000:4483). None: there is no file,
    #: and no message that says why.
    ended: Maybe
    messages: tuple[str, ...]
    #: The signed address of the file: a secret for "a few minutes", so no repr shows it.
    file_url: str | None = field(repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> JobStatus:
        message, url = body.get("message"), body.get("fileUrl")
        messages, _ = lenient.texts(message if isinstance(message, list) else [message])
        is_address = isinstance(url, str) and url.startswith(("https://", "http://"))
        ended = True if is_address else False if messages and url is None else None
        return cls(ended=ended, messages=messages, file_url=url if is_address else None, raw=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One of the `notifications` of mobile/push/list (001:97-100)."""

    id: str | None
    name: str | None
    title: str | None
    content: str | None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Notification:
        return cls(**{name: lenient.text(entry.get(name)) for name in _OF_NOTIFICATION})


_OF_NOTIFICATION = ("id", "name", "title", "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications(Result):
    """The application's pushes: "a list of all Mobile Push notifications" (001:85)."""

    notifications: tuple[Notification, ...]
    #: Whether the answer has the list, and every element of it has an id.
    is_whole: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Notifications:
        entries, is_whole = lenient.objects(body.get("notifications"))
        found = tuple(map(Notification.of, entries))
        return cls(
            notifications=found, is_whole=is_whole and all(one.id for one in found), raw=body
        )

    def exists(self, push_id: str) -> Maybe:
        """Whether the application has a push with this id; None: the answer does not say."""
        ids = [one.id for one in self.notifications]
        return _among(push_id, ids, self.is_whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Users(Result):
    """The account's users: "the list of user accounts for a client" (000:4410-4429)."""

    users: tuple[str, ...]
    #: Whether the answer has the list, and every element of it is a text.
    is_whole: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Users:
        users, is_whole = lenient.texts(body.get("users"))
        return cls(users=users, is_whole=is_whole, raw=body)

    def exists(self, user: str) -> Maybe:
        """Whether the account has this user; None: the answer does not say."""
        return _among(user, self.users, self.is_whole)


def _among(wanted: str, known: list[str | None] | tuple[str, ...], is_whole: bool) -> Maybe:
    if wanted.strip().lower() in {str(one).strip().lower() for one in known}:
        return True
    return False if is_whole else None


def _listed(entry: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return lenient.objects(entry.get(name))[0]
