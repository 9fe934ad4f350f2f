"""GET /v1/importstatus/{asyncSessionId}: what became of an import of POST /v1/contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from batchline.systems.answers import json_object, shorten
from batchline.systems.esputnik.readings import listed
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import JobEnded


def path(job: str) -> str:
    return f"/api/v1/importstatus/{quote(job, safe='')}"


def progress(answer: HttpAnswer) -> JobEnded | None:
    """FINISHED, or ERROR, which fails every contact of it; None while it is STARTED or IMPORTING,
    and for any answer that says neither.

    Which contacts a finished import has left out, it does not say: `failedContacts` of the first
    answer did.
    """
    body = json_object(answer) or {}
    status = body.get("status") if answer.status == 200 else None
    if status == "ERROR":
        return JobEnded(failed=shorten(str(body.get("description") or "status ERROR")))
    if status == "FINISHED":
        return JobEnded(aliases=dict(_aliases(body.get("mapping"))))
    return None


def _aliases(mapping: Any) -> Iterator[tuple[str, str]]:
    """What a contact was looked for by, lower-cased -> eSputnik's own id of it."""
    for entry in listed(mapping):
        if isinstance(entry, dict) and entry.get("dedupeValue") and entry.get("contactId"):
            yield str(entry["dedupeValue"]).lower(), str(entry["contactId"])
