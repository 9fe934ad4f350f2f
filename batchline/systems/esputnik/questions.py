"""Questions to eSputnik: reads, which change nothing.

The documents name the methods "Get account info" (002:17), "Get single message status" (002:282)
and "Search contacts" (004:210-212); their paths and fields are those of the vendor's own plug-ins
and of recorded calls. The search "is not an exact match": near matches are left out here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from pydantic import Field

from batchline.systems import lenient
from batchline.systems.columns import Item
from batchline.systems.esputnik.endpoints import Read, endpoint, no_body
from batchline.systems.esputnik.findings import (
    AccountInfo,
    Contact,
    Contacts,
    MessageStatuses,
)
from batchline.systems.esputnik.messages.common import ApiId, Email, ExternalId, Name, Phone
from batchline.systems.esputnik.readings import as_list, detail, read
from batchline.systems.lenient import Maybe
from batchline.systems.message import ApiModel, request_fields
from batchline.systems.question import CONTACT_THERE, Inquiry, Question, request
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import Judged

SYSTEM_NAME = "esputnik"
#: The most rows of a search, its `maxrows`.
MOST_ROWS = 500


def _any_success(request: Request, body: Read) -> Judged:
    return Judged()


ACCOUNT = endpoint("/api/v1/account/info", no_body, _any_success, "GET")
MESSAGE_STATUS = endpoint("/api/v1/message/status", no_body, _any_success, "GET")
CONTACT = endpoint("/api/v1/contact/{id}", no_body, _any_success, "GET")
SEARCH = endpoint("/api/v1/contacts", no_body, _any_success, "GET")


class _Messages(ApiModel):
    ids: Annotated[list[Name], Field(min_length=1)]


class _Id(ApiModel):
    id: ApiId


class _Address(ApiModel):
    email: Email


class _Number(ApiModel):
    sms: Phone


class _Customer(ApiModel):
    external_customer_id: ExternalId


def account_info() -> Question[AccountInfo]:
    """GET /v1/account/info (002:17): whose account the key is for."""

    def result(answer: HttpAnswer) -> AccountInfo | None:
        body = lenient.body(answer)
        return AccountInfo.of(body) if isinstance(body, dict) else None

    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/account/info",
        request=request(ACCOUNT, {}),
        read=result,
    )


def message_status(request_ids: Sequence[str]) -> Question[MessageStatuses]:
    """GET /v1/message/status (002:282-295): "the identifiers requestId separated by a comma"."""
    given = _Messages(ids=list(request_ids))
    ids = ",".join(quote(one, safe="") for one in given.ids)

    def result(answer: HttpAnswer) -> MessageStatuses | None:
        body = lenient.body(answer)
        return MessageStatuses.of(body) if isinstance(body, dict) else None

    asked = request(MESSAGE_STATUS, {"ids": given.ids})
    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/message/status",
        request=replace(asked, path=f"{asked.path}?ids={ids}"),
        read=result,
    )


def contact(contact_id: int) -> Question[Contacts]:
    """GET /v1/contact/{id}: a contact by eSputnik's own id of it."""
    given = _Id(id=contact_id)
    wanted = str(given.id)

    def result(answer: HttpAnswer) -> Contacts | None:
        body = lenient.body(answer)
        if not isinstance(body, dict):
            return None
        shown = Contact.of(body)
        is_it = shown.id == wanted
        return Contacts(exists=is_it or None, contacts=(shown,) if is_it else (), raw=body)

    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/contact/{id}",
        request=request(CONTACT, {"id": given.id}, id=given.id),
        read=result,
        missing=_no_contact,
    )


def contacts_by_email(email: str) -> Question[Contacts]:
    """GET /v1/contacts?email= (004:210-212): the contacts with this address."""
    wanted = _Address(email=email).email
    return _search("email", wanted, lambda one: wanted.lower() in map(str.lower, one.emails))


def contacts_by_phone(phone: str) -> Question[Contacts]:
    """GET /v1/contacts?sms= (004:212): the contacts with this phone number."""
    wanted = _Number(sms=phone).sms
    return _search("sms", wanted, lambda one: wanted in (n.lstrip("+") for n in one.phones))


def contacts_by_external_id(external_customer_id: str) -> Question[Contacts]:
    """GET /v1/contacts?externalCustomerId=: the contact with this id of yours."""
    wanted = _Customer(external_customer_id=external_customer_id).external_customer_id
    return _search("externalCustomerId", wanted, lambda one: one.external_customer_id == wanted)


def inquiries(item: Item) -> Iterator[Inquiry]:
    """What can be asked about what a message names: its contact.

    Raises ValueError for a message that names something which no question takes.
    """
    about, question = _named(json.loads(item.payload), request_fields(item.options))
    if question is not None:
        yield Inquiry(
            asks=CONTACT_THERE,
            about=about,
            question=question,
            says=lambda found: found.exists,
        )


def _named(payload: Any, options: Mapping[str, Any]) -> tuple[str, Question[Contacts] | None]:
    """The contact that a message names, and the question about it."""
    given = lenient.fields(payload)
    fields = {**given, **lenient.fields(given.get("contact"))}
    shown = Contact.of(fields)
    key = str(fields.get("keyValue") or fields.get("locator") or "")
    email = fields.get("email") or next(iter(shown.emails), key if "@" in key else "")
    phone = fields.get("phone") or fields.get("phoneNumber") or next(iter(shown.phones), "")
    contact_id = options.get("contactId") or fields.get("contactId")
    if contact_id:
        return str(contact_id), contact(contact_id)
    if shown.external_customer_id:
        return shown.external_customer_id, contacts_by_external_id(shown.external_customer_id)
    if email:
        return email, contacts_by_email(email)
    return phone, contacts_by_phone(phone) if phone else None


def _search(name: str, wanted: str, fits: Callable[[Contact], bool]) -> Question[Contacts]:
    def result(answer: HttpAnswer) -> Contacts | None:
        body = lenient.body(answer)
        if not isinstance(body, list | dict):
            return None
        rows = as_list(body)
        shown = [Contact.of(lenient.fields(row)) for row in rows]
        found = tuple(one for one in shown if fits(one))
        return Contacts(exists=_exists(found, shown), contacts=found, raw=body)

    query = urlencode({name: wanted, "startindex": 1, "maxrows": MOST_ROWS})
    asked = request(SEARCH, {name: wanted})
    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/contacts",
        request=replace(asked, path=f"{asked.path}?{query}"),
        read=result,
    )


def _exists(found: Sequence[Contact], shown: Sequence[Contact]) -> Maybe:
    """No, only where every row is a contact, and there are no further rows."""
    if found:
        return True
    is_whole = len(shown) < MOST_ROWS and all(one.id for one in shown)
    return False if is_whole else None


def _no_contact(answer: HttpAnswer) -> Contacts | None:
    """No contact, where the API itself says that it has not found it."""
    text = detail(answer).lower()
    is_own = answer.status in (400, 404) and read(answer) is not None
    if not is_own or "contact" not in text or "not found" not in text:
        return None
    return Contacts(exists=False, contacts=(), raw=read(answer))
