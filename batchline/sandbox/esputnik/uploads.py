"""POST /v1/contacts/upload: an import from a file, which the sandbox does not download."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from batchline.sandbox.bodies import as_text
from batchline.sandbox.checks import INVALID_DOMAIN, all_of, array, flag, one_of, record, text
from batchline.sandbox.contract import Answer, Item, ours
from batchline.sandbox.esputnik.account import Import
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import json_reply

_NAMES = array(text(shortest=1))


def _address(value: object) -> str | None:
    parts = urlsplit(as_text(value))
    is_http = parts.scheme in ("http", "https") and parts.hostname
    return None if is_http else ": not an http:// or https:// address"


#: FileContactsBulkUpdate of the reference.
_SHAPE = record(
    {
        "link": all_of(text(shortest=1), _address),
        "dedupeOn": one_of(("email", "sms", "email_or_sms", "id")),
        "groupNames": _NAMES,
        "groupNamesExclude": _NAMES,
        "restoreDeleted": flag,
        "eventKeyForNewContacts": text(100, shortest=1, pattern="[A-Za-z0-9]+"),
    },
    required=("link", "dedupeOn"),
)


def _items(data: RequestData) -> list[Item]:
    """The item of an upload: its id is the name of the file."""
    try:
        name = urlsplit(as_text(data.body.get("link"))).path.rpartition("/")[2]
    except ValueError:
        name = ""
    return [Item(name, "")]


def _upload(request: CheckedRequest) -> Answer:
    """Start an import without contacts; a file at `INVALID_DOMAIN` is not valid."""
    if urlsplit(request.body["link"]).hostname == INVALID_DOMAIN:
        answer = request.refuse("")
        invalid = {"valid": False, "message": ours("the file is empty")}
        return Answer(json_reply(invalid), answer.outcomes)
    session = str(uuid.uuid4())
    started = Import(session, request.now, request.body, [], [], request.desk.ledger)
    request.account.imports[session] = started
    request.account.waiting.append(started)
    request.account.uploads.append(request.body)
    ids = {"importId": session, "fileId": str(uuid.uuid4())}
    return request.accept(json_reply({"valid": True, **ids}))


METHODS = [
    Method("POST", "/v1/contacts/upload", "contact.upload", _upload, _SHAPE, _items),
]
