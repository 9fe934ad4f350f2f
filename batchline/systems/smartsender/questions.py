"""Questions to Smart Sender: reads, which change nothing.

003:146-155 is "Search by ID (simple)"; a contact's tags are in the vendor's list of methods, and
its pages have `page` and `limitation`, 1 to 20 (003:28-38).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from batchline.systems.answers import json_object
from batchline.systems.columns import Item
from batchline.systems.lenient import fields as fields_in
from batchline.systems.message import ApiModel, request_fields
from batchline.systems.question import CONTACT_THERE, Inquiry, Question, request
from batchline.systems.requests import Endpoint, HttpAnswer
from batchline.systems.smartsender.findings import Contact, Tags
from batchline.systems.smartsender.messages.common import ContactId
from batchline.systems.verdicts import Judged

SYSTEM_NAME = "smartsender"
#: The most rows of a page, its `limitation` (003:34-38).
MOST_ROWS = 20


def _get(path: str) -> Endpoint:
    return Endpoint(path, lambda *_: b"", lambda *_: Judged(), "GET")


CONTACT = _get("/v1/contacts/{contactId}/info")
TAGS = _get("/v1/contacts/{contactId}/tags")


class _Contact(ApiModel):
    contact_id: ContactId


class _Page(_Contact):
    page: Annotated[int, Field(ge=1)]


def contact(contact_id: str) -> Question[Contact]:
    """GET /v1/contacts/{id}/info (003:146-155): a contact of the project by its id."""
    given = _Contact(contact_id=contact_id).contact_id

    def result(answer: HttpAnswer) -> Contact | None:
        body = json_object(answer)
        if body is None:
            return None
        shown = Contact.of(body, True)
        return shown if shown.id == given else replace(shown, exists=None)

    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/contacts/{id}/info",
        request=request(CONTACT, {"contactId": given}, contactId=given),
        read=result,
        missing=_no_contact,
    )


def tags(contact_id: str, page: int = 1) -> Question[Tags]:
    """GET /v1/contacts/{id}/tags: one page of a contact's tags."""
    given = _Page(contact_id=contact_id, page=page)

    def result(answer: HttpAnswer) -> Tags | None:
        body = json_object(answer)
        return None if body is None else Tags.of(body)

    asked = request(TAGS, {"contactId": given.contact_id}, contactId=given.contact_id)
    return Question(
        system=SYSTEM_NAME,
        name="GET /v1/contacts/{id}/tags",
        request=replace(asked, path=f"{asked.path}?page={given.page}&limitation={MOST_ROWS}"),
        read=result,
    )


def inquiries(item: Item) -> Iterator[Inquiry]:
    """What can be asked about what a message names: its contacts, its tag.

    Raises ValueError for a message that names something which no question takes.
    """
    options = request_fields(item.options)
    contact_id, tag_id = options.get("contactId"), options.get("tagId")
    for one in (contact_id, options.get("targetId")):
        if one:
            yield Inquiry(
                asks=CONTACT_THERE,
                about=one,
                question=contact(one),
                says=lambda found: found.exists,
            )
    if contact_id and tag_id:
        yield Inquiry(
            asks="does the contact have the tag?",
            about=tag_id,
            question=tags(contact_id),
            says=lambda found: found.exists(tag_id),
        )


def _no_contact(answer: HttpAnswer) -> Contact | None:
    """No contact, where the API's own error has the code 404."""
    body = json_object(answer) or {}
    is_missing = fields_in(body.get("error")).get("code", answer.status) == 404
    if not is_missing or "error" not in body:
        return None
    return replace(Contact.of({}, False), raw=body)
