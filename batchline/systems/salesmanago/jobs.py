"""job/status, and the file with the result of a batchupsertv2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchline.systems.answers import json_object, shorten
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import JobEnded

PATH = "/api/job/status"
UNNAMED = "named in invalidContacts, without a reason"
_IDENTIFIERS = ("email", "contactId", "id")


def file_url(answer: HttpAnswer) -> str | None:
    """`fileUrl`, which the answer has when the job has ended; its `message` is not reliable."""
    body = json_object(answer) or {}
    url = body.get("fileUrl")
    if answer.status != 200 or body.get("success") is not True or not isinstance(url, str):
        return None
    return url if url.startswith(("https://", "http://")) else None


def result(answer: HttpAnswer) -> JobEnded | None:
    """The result in the file, with lower-cased identifiers; None when the file cannot be read.

    The documents name `contactIds` and `invalidContacts` and show neither: strings, objects and
    maps are read.
    """
    body = json_object(answer)
    if answer.status != 200 or body is None or not {"invalidContacts", "contactIds"} & body.keys():
        return None
    invalid = dict(_invalid(body.get("invalidContacts")))
    return JobEnded(invalid, dict(_aliases(body.get("contactIds"))))


def _invalid(contacts: Any) -> Iterator[tuple[str, str]]:
    """Pairs of a contact's identifier and the reason why the contact is invalid."""
    if isinstance(contacts, str):
        yield contacts.lower(), UNNAMED
    elif isinstance(contacts, list):
        for element in contacts:
            yield from _invalid(element)
    elif isinstance(contacts, dict):
        identifiers = [contacts[name] for name in _IDENTIFIERS if contacts.get(name)]
        reason = contacts.get("message") or contacts.get("reason") or UNNAMED
        pairs = ((one, reason) for one in identifiers) if identifiers else contacts.items()
        for identifier, detail in pairs:
            yield str(identifier).lower(), shorten(_text(detail or UNNAMED))


def _aliases(contact_ids: Any) -> Iterator[tuple[str, str]]:
    """Pairs of e-mail address and contactId."""
    if isinstance(contact_ids, dict):
        for email, contact_id in contact_ids.items():
            if isinstance(contact_id, str):
                yield str(email).lower(), contact_id


def _text(reason: Any) -> str:
    return "; ".join(map(str, reason)) if isinstance(reason, list) else str(reason)
