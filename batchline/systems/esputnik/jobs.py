"""GET /v1/importstatus/{asyncSessionId}: the result of an import of POST /v1/contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from batchline.systems.answers import json_object, shorten
from batchline.systems.esputnik.readings import as_list
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import JobEnded


def path(job: str) -> str:
    return f"/api/v1/importstatus/{quote(job, safe='')}"


def progress(answer: HttpAnswer) -> JobEnded | None:
    """The result of an import with status FINISHED, or ERROR, which fails every contact in it.

    None while the status is STARTED or IMPORTING, and for any other answer. A finished import does
    not name the contacts that it left out: `failedContacts` in the answer to the import did.
    """
    body = json_object(answer) or {}
    status = body.get("status") if answer.status == 200 else None
    if status == "ERROR":
        return JobEnded(failed=shorten(str(body.get("description") or "status ERROR")))
    if status == "FINISHED":
        return JobEnded(aliases=dict(_aliases(body.get("mapping"))))
    return None


def _aliases(mapping: Any) -> Iterator[tuple[str, str]]:
    """Pairs of `dedupeValue`, lower-cased, and eSputnik's own id of the contact."""
    for entry in as_list(mapping):
        if isinstance(entry, dict) and entry.get("dedupeValue") and entry.get("contactId"):
            yield str(entry["dedupeValue"]).lower(), str(entry["contactId"])
