"""job/status, and the file with the result of a batchupsertv2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchline.systems.answers import json_object, shorten
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.success import messages
from batchline.systems.verdicts import Invalid, JobEnded

PATH = "/api/job/status"
UNNAMED = "named in invalidContacts, without a reason"
_IDENTIFIERS = ("email", "contactId", "id")
#: The field with the sent contact, where an entry holds it as it was sent (upsertDetails).
_NESTED = "contact"
_REASONS = ("message", "reason")


def file_url(answer: HttpAnswer) -> str | None:
    """`fileUrl`, which the answer has when the job has ended; its `message` is not reliable."""
    body = json_object(answer) or {}
    url = body.get("fileUrl")
    if answer.status != 200 or body.get("success") is not True or not isinstance(url, str):
        return None
    return url if url.startswith(("https://", "http://")) else None


def result(answer: HttpAnswer) -> JobEnded | None:
    """The result in the file, with lower-cased identifiers; None when the file cannot be read.

    The documents name `success`, `contactIds`, `message` and `invalidContacts` (batchupsertv2), and
    show no file: strings, objects and maps are read. `success` may be left out, for the page may
    mean the answer with the file's address. With `success: false` nobody is confirmed. If such a
    result names no contact at all, the whole job has failed.
    """
    body = json_object(answer)
    success = (body or {}).get("success", True)
    if answer.status != 200 or body is None or not isinstance(success, bool):
        return None
    invalid = tuple(_invalid(body.get("invalidContacts")))
    aliases = dict(_aliases(body.get("contactIds")))
    if not success:
        why = shorten("; ".join(["success: false", *messages(body)]))
        if not invalid and not body.get("contactIds"):
            return JobEnded(failed=why)
        return JobEnded(invalid, aliases, unconfirmed=why)
    if not {"invalidContacts", "contactIds"} & body.keys():
        return None
    return JobEnded(invalid, aliases)


def _invalid(contacts: Any) -> Iterator[Invalid]:
    """The entries of `invalidContacts`; one that cannot be read has no names."""
    if isinstance(contacts, list):
        for element in contacts:
            yield from [_unreadable()] if not element else _invalid(element)
    elif isinstance(contacts, str):
        yield from [Invalid((contacts.strip().lower(),), UNNAMED)] if contacts.strip() else []
    elif isinstance(contacts, dict):
        yield from _of_object(contacts)
    elif contacts:
        yield _unreadable()


def _unreadable() -> Invalid:
    return Invalid((), UNNAMED)


def _of_object(entry: Mapping[str, Any]) -> Iterator[Invalid]:
    """An entry about one contact; or a map from identifiers to reasons."""
    if entry.keys().isdisjoint((*_IDENTIFIERS, _NESTED, *_REASONS)):
        yield from [Invalid((_text(name).lower(),), _reason(why)) for name, why in entry.items()]
        return
    nested = entry.get(_NESTED)
    parts = [entry, nested] if isinstance(nested, dict) else [entry, {"email": nested}]
    names = [str(part[name]) for part in parts for name in _IDENTIFIERS if part.get(name)]
    reasons = [part[name] for part in parts for name in _REASONS if part.get(name)]
    yield Invalid(
        tuple(dict.fromkeys(name.strip().lower() for name in names)),
        _reason(reasons[0] if reasons else None),
    )


def _reason(why: Any) -> str:
    """The API's reason: a text, a list of texts, or an object with one of these."""
    if isinstance(why, dict):
        why = next((why[name] for name in _REASONS if why.get(name)), None)
    return shorten(_text(why)) if why else UNNAMED


def _aliases(contact_ids: Any) -> Iterator[tuple[str, str]]:
    """Pairs of e-mail address and contactId."""
    if isinstance(contact_ids, dict):
        for email, contact_id in contact_ids.items():
            if isinstance(contact_id, str):
                yield str(email).lower(), contact_id


def _text(reason: Any) -> str:
    return "; ".join(map(str, reason)) if isinstance(reason, list) else str(reason)
