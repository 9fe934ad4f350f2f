"""job/status and the file with the result of a batchupsertv2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchline.systems.answers import json_object, shorten
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import JobEnded

PATH = "/api/job/status"
UNNAMED = "named in invalidContacts, without a reason"


def file_url(answer: HttpAnswer) -> str | None:
    """`fileUrl`, which is there when the job has ended; `message` is not to be relied on."""
    body = json_object(answer) or {}
    url = body.get("fileUrl")
    if answer.status != 200 or body.get("success") is not True or not isinstance(url, str):
        return None
    return url if url.startswith(("https://", "http://")) else None


def result(answer: HttpAnswer) -> JobEnded | None:
    """Invalid contacts by their identifiers, lower-cased; None when the file is not to be had.

    The documents list `contactIds` and `invalidContacts` and show neither: strings, objects and
    maps are read.
    """
    body = json_object(answer)
    if answer.status != 200 or body is None or not {"invalidContacts", "contactIds"} & body.keys():
        return None
    invalid = dict(_invalid(body.get("invalidContacts")))
    return JobEnded(invalid, dict(_aliases(body.get("contactIds"))))


def _invalid(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield found.lower(), UNNAMED
    elif isinstance(found, list):
        for element in found:
            yield from _invalid(element)
    elif isinstance(found, dict):
        named = [found[name] for name in ("email", "contactId", "id") if found.get(name)]
        said = found.get("message") or found.get("reason") or UNNAMED
        if named:
            for name in named:
                yield str(name).lower(), shorten(_text(said))
        else:
            for name, reason in found.items():
                yield str(name).lower(), shorten(_text(reason or UNNAMED))


def _aliases(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for email, contact_id in found.items():
            if isinstance(contact_id, str):
                yield str(email).lower(), contact_id


def _text(said: Any) -> str:
    return "; ".join(map(str, said)) if isinstance(said, list) else str(said)
