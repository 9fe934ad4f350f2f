"""email/sendEmail, email/sendConfirmation, email/upsert and email/sendWithAttachment."""

from __future__ import annotations

import hashlib
import uuid as uuids
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

from batchline.sandbox.bodies import JsonObject, as_text, objects, parsed
from batchline.sandbox.checks import (
    Check,
    all_of,
    array,
    email,
    flag,
    identified_by,
    millis,
    record,
    text,
    uuid,
)
from batchline.sandbox.contract import Answer, Incoming, Item, Outcome, ours
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import contact_key
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply

#: The most bytes of `content`: 2 MB.
CONTENT_LIMIT = 2 * 1024 * 1024

_PROPERTY = record({"name": text(255, shortest=1), "value": text(255)}, required=("name", "value"))
_PROPERTIES: dict[str, Check] = {"properties": array(_PROPERTY)}
_STAGES: dict[str, Check] = {"optValue": text(255, shortest=1)}
_SENDING: dict[str, Check] = {
    "user": text(255, shortest=1),
    "emailId": text(255, shortest=1),
    "date": millis,
}
_SEND = body_of(
    {
        **_SENDING,
        "contacts": array(addressees.addressees(addressees.KINDS, {**_PROPERTIES, **_STAGES}), 1),
        "excludeContacts": array(addressees.addressees(addressees.KINDS, _STAGES)),
    },
    required=("user", "emailId", "date", "contacts"),
)
_CONFIRM = all_of(
    body_of(
        {
            **OWNER,
            "email": email,
            "tag": text(255),
            "doubleOptInLanguage": text(255),
            "doubleOptInEmailId": text(255),
        },
        required=("email",),
    ),
    # "indicated using one of the following options"
    lambda body: (
        ".doubleOptInEmailId: only one of it and doubleOptInLanguage may be given"
        if type(body) is dict and body.get("doubleOptInLanguage") and body.get("doubleOptInEmailId")
        else None
    ),
)


def _content(value: object) -> str | None:
    problem = text(shortest=1)(value)
    size = 0 if problem else len(as_text(value).encode(errors="replace"))
    return problem or (f": more than {CONTENT_LIMIT} bytes" if size > CONTENT_LIMIT else None)


_UPSERT = body_of(
    {
        "emailId": uuid,
        "emailOwner": text(255, shortest=1),
        "name": text(255, shortest=1),
        "group": text(255),
        "subject": text(998, shortest=1),
        "senderAccountId": uuid,
        "content": _content,
        "shared": flag,
        "utmCampaign": text(255),
    },
    required=("emailOwner", "name", "subject", "senderAccountId", "content"),
)
_ATTACHMENT_FIELDS = {"EMAIL": "email", "CONTACT_ID": "contactId", "TAGS": "tag"}
_ATTACHMENT_CONTACT = record(
    {
        "addresseeType": text(255, pattern="EMAIL|CONTACT_ID|TAGS"),
        "email": email,
        "contactId": uuid,
        "tag": text(254, shortest=1),
        **_PROPERTIES,
    },
    required=("addresseeType",),
)


def _attachment_contact(value: object) -> str | None:
    problem = _ATTACHMENT_CONTACT(value)
    if problem or type(value) is not dict:
        return problem
    return identified_by(_ATTACHMENT_FIELDS[value["addresseeType"]])(value)


_WITH_ATTACHMENT = body_of(
    {
        **_SENDING,
        "contacts": array(_attachment_contact, 1),
        "excludeContacts": array(_attachment_contact),
        "immediate": flag,
        "rule": flag,
        "attachment": record({"name": text(shortest=1), "type": text(), "sha256": text()}),
    },
    required=("user", "emailId", "date", "contacts", "attachment"),
)


def _form(incoming: Incoming) -> JsonObject | None:
    """The form as a body: fields of `emailSendRequest`; name, type, digest of `attachment`."""
    kind = incoming.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data;"):
        return None
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    form = message_from_bytes(head + incoming.body, policy=HTTP)
    if not form.is_multipart():
        return None
    parts = {_name(part): part for part in form.walk() if part is not form}
    body = parsed(_bytes(parts["emailSendRequest"])) if "emailSendRequest" in parts else None
    file = parts.get("attachment")
    if body is None or file is None or not file.get_filename():
        return body
    digest = hashlib.sha256(_bytes(file)).hexdigest()
    attached = {"name": file.get_filename(), "type": file.get_content_type(), "sha256": digest}
    return {**body, "attachment": attached}


def _name(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _many(body: JsonObject) -> list[Item]:
    return addressees.items(body, as_text(body.get("emailId")))


def _attached(body: JsonObject) -> list[Item]:
    content = as_text(body.get("emailId"))
    named = [
        contact_key(as_text(one.get("email")))
        or as_text(one.get("contactId"))
        or as_text(one.get("tag"))
        for one in objects(body.get("contacts"))
    ]
    return [Item(f"{content}:{key}", key) for key in named]


def _one(body: JsonObject) -> list[Item]:
    key = contact_key(as_text(body.get("email")))
    return [Item(key, key)]


def _saved(body: JsonObject) -> list[Item]:
    name = as_text(body.get("emailId")) or as_text(body.get("name"))
    return [Item(name, "")]


def _send(request: CheckedRequest) -> Answer:
    """Schedule e-mails.

    "If ... a provided email address does not exist in the SALESmanago database, this email address
    will be added as a new Contact with opt-in status".
    """
    for element in objects(request.body["contacts"]):
        if element["addresseeType"] == "EMAIL":
            for value, contacts in addressees.with_contacts(request.account, [element]):
                if not contacts:
                    request.account.create(value, request.now)
    request.keep("email.send")
    return request.accept("Emails are scheduling to send.", conversationId=str(uuids.uuid4()))


def _send_with_attachment(request: CheckedRequest) -> Answer:
    request.keep("email.send_with_attachment")
    return request.accept("Emails are scheduling to send.", conversationId=str(uuids.uuid4()))


def _confirm(request: CheckedRequest) -> Answer:
    """Ask a contact to confirm.

    The documents have no text for a missing contact, for one with opt-in status, and for one
    without the tag.
    """
    contact = request.account.find(request.body["email"], None)
    if contact is None:
        missing = reply(True, ours("no such contact"), contactExists=False, contactId=None)
        return Answer(missing, [Outcome.MISSING])
    contact.double_opt_ins += 1
    return request.accept(
        "Contact exists - confirmation email sent", contactExists=True, contactId=contact.id
    )


def _upsert(request: CheckedRequest) -> Answer:
    email_id = request.body.get("emailId")
    if email_id and email_id not in request.account.emails:
        return request.refuse("emailId: unknown")
    email_id = email_id or str(uuids.uuid4())
    fields = {name: request.body.get(name) for name in ("name", "subject", "content")}
    request.account.emails[email_id] = fields
    return request.accept(emailId=email_id)


METHODS = [
    Method("email/sendEmail", "email.send", _SEND, _send, _many, owner_field="user"),
    Method("email/sendConfirmation", "email.send_confirmation", _CONFIRM, _confirm, _one),
    Method("email/upsert", "email.upsert", _UPSERT, _upsert, _saved, owner_field="emailOwner"),
    Method(
        "email/sendWithAttachment",
        "email.send_with_attachment",
        _WITH_ATTACHMENT,
        _send_with_attachment,
        _attached,
        owner_field="user",
        read=_form,
    ),
]
