"""Questions to SALESmanago: reads of API v2 and of the mobile documents, which change nothing.

Each names the document's line of its method, and of its answer's fields (`findings.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field

from batchline.systems.answers import json_object
from batchline.systems.columns import Item
from batchline.systems.lenient import fields as fields_in
from batchline.systems.message import ApiModel, request_fields
from batchline.systems.question import CONTACT_THERE, Inquiry, Question, Result, request
from batchline.systems.requests import Endpoint, HttpAnswer
from batchline.systems.salesmanago.endpoints import as_owner, endpoint, no_content
from batchline.systems.salesmanago.findings import (
    ContactFound,
    Contacts,
    CouponChecked,
    JobStatus,
    Notifications,
    Users,
)
from batchline.systems.salesmanago.messages.common import Email, Identifier, Name255
from batchline.systems.salesmanago.verify import LIST_BY_ID_PATH, LIST_PATH, MOST_CONTACTS

SYSTEM_NAME = "salesmanago"
HAS_CONTACT = endpoint("/api/contact/hasContact", as_owner)
LIST = endpoint(LIST_PATH, as_owner)
LIST_BY_ID = endpoint(LIST_BY_ID_PATH, as_owner)
VERIFY_COUPON = endpoint("/api/coupon/verify")
JOB_STATUS = endpoint("/api/job/status", as_owner)
PUSHES = endpoint("/api/mobile/push/list")
USERS = endpoint("/api/user/listByClient", content=no_content)

R = TypeVar("R", bound=Result)


class _Owned(ApiModel):
    """Fields of a question that is asked as an owner; without one as the account's."""

    owner: Name255 | None = None


class _Address(_Owned):
    email: Email


class _Addresses(_Owned):
    email: Annotated[list[Email], Field(min_length=1, max_length=MOST_CONTACTS)]


class _Ids(_Owned):
    contact_id: Annotated[list[Identifier], Field(min_length=1, max_length=MOST_CONTACTS)]


class _CouponCode(ApiModel):
    coupon_name: Annotated[str, Field(min_length=1, max_length=64)]
    coupon_code: Annotated[str, Field(min_length=1, max_length=64)]
    email: Email | None = None
    contact_id: Identifier | None = None


class _Job(_Owned):
    request_id: Annotated[int, Field(ge=0)]


class _Application(ApiModel):
    application_id: Name255


def has_contact(email: str, owner: str | None = None) -> Question[ContactFound]:
    """contact/hasContact (000:588-623): whether a contact with this address is there."""
    return _question(HAS_CONTACT, _Address(email=email, owner=owner), ContactFound.of)


def contacts_by_email(emails: Sequence[str], owner: str | None = None) -> Question[Contacts]:
    """contact/list (000:812-1137): up to 50 contacts by their addresses (000:819)."""
    return _question(LIST, _Addresses(email=list(emails), owner=owner), Contacts.of)


def contacts_by_id(contact_ids: Sequence[str], owner: str | None = None) -> Question[Contacts]:
    """contact/listById (000:1154-1161): up to 50 contacts by their contactIds."""
    return _question(LIST_BY_ID, _Ids(contact_id=list(contact_ids), owner=owner), Contacts.of)


def verify_coupon(
    name: str, code: str, email: str | None = None, contact_id: str | None = None
) -> Question[CouponChecked]:
    """coupon/verify (000:2783-2803): whether a code of the coupon `name` is valid.

    With `email` or `contact_id`: also whether it is assigned to that contact. "If you specify both
    fields, the contactId takes priority" (000:2793).
    """
    fields = _CouponCode(coupon_name=name, coupon_code=code, email=email, contact_id=contact_id)
    return _question(VERIFY_COUPON, fields, CouponChecked.of)


def job_status(request_id: int, owner: str | None = None) -> Question[JobStatus]:
    """job/status (000:4445-4483): whether a job has ended.

    It is asked as the owner whom the job was made for.
    """
    return _question(JOB_STATUS, _Job(request_id=request_id, owner=owner), JobStatus.of)


def pushes(application_id: str) -> Question[Notifications]:
    """mobile/push/list (001:85-100): all pushes of the application."""
    return _question(PUSHES, _Application(application_id=application_id), Notifications.of)


def users() -> Question[Users]:
    """user/listByClient (000:4410-4429): the users of the account, who may be owners."""
    return _question(USERS, ApiModel(), Users.of)


def inquiries(item: Item) -> Iterator[Inquiry]:
    """What can be asked about what a message names: its contact, its owner, its push, its coupon.

    Raises ValueError for a message that names something which no question takes.
    """
    payload, options = fields_in(json.loads(item.payload)), request_fields(item.options)
    owner = options.get("owner")
    yield from _about_contact(payload, owner)
    if owner:
        yield Inquiry(
            asks="is the owner a user of the account?",
            about=owner,
            question=users(),
            says=lambda found: found.exists(owner),
        )
    # The list is of what can be sent. No method tells what was sent to whom.
    push, application = payload.get("pushId"), payload.get("applicationId")
    if push and application:
        yield Inquiry(
            asks="is the push set up in the application?",
            about=push,
            question=pushes(application),
            says=lambda found: found.exists(push),
        )
    if item.operation == "coupon.add" and payload.get("coupon"):
        yield Inquiry(
            asks="is the coupon valid for the contact?",
            about=payload["coupon"],
            question=verify_coupon(payload["name"], payload["coupon"], payload["email"]),
            says=lambda found: found.valid,
        )


def _about_contact(payload: Mapping[str, Any], owner: str | None) -> Iterator[Inquiry]:
    """Whether the contact of the message is there: by its id where the message has it."""
    contact = payload.get("contact")
    if isinstance(contact, str):  # contact/setMainOwner names it so
        contact = {"email" if "@" in contact else "contactId": contact}
    named = {**payload, **fields_in(contact)}
    contact_id, email = named.get("contactId"), named.get("email")
    if contact_id:
        question = contacts_by_id([contact_id], owner)
        yield Inquiry(
            asks=CONTACT_THERE,
            about=contact_id,
            question=question,
            says=lambda found: found.exists(contact_id),
        )
    elif email:
        yield Inquiry(
            asks=CONTACT_THERE,
            about=email,
            question=has_contact(email, owner),
            says=lambda found: found.exists,
        )


def _question(
    endpoint: Endpoint, fields: ApiModel, of: Callable[[Mapping[str, Any]], R]
) -> Question[R]:
    def read(answer: HttpAnswer) -> R | None:
        body = json_object(answer)
        return None if body is None else of(body)

    given = fields.model_dump(by_alias=True, exclude_none=True, mode="json")
    owner = given.pop("owner", None)
    return Question(
        system=SYSTEM_NAME,
        name=endpoint.path.removeprefix("/api/"),
        request=request(endpoint, given, {"owner": owner} if owner else None),
        read=read,
    )
