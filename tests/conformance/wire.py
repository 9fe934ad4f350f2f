"""Recorded requests, reviewable: `wire/SYSTEM/OPERATION/`.

    request.http    the bytes that go out for the document's sample, secrets and times as in cases
    document.json   {"source": where it stands, "request": "POST /path", "body": the sample as it
                    is printed there, "differs": {"a.path.0.into.the.body": "why ours is another"}}

Written anew by `python -m tests.conformance` (review the difference before it is committed);
`document.json` is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from batchline.systems.requests import HttpCall

FOLDER = Path(__file__).parent / "wire"
#: What every request of SALESmanago carries beside its own fields.
AUTH = ("clientId", "apiKey", "requestTime", "sha")


def folder(system: str, operation: str) -> Path:
    return FOLDER / system / operation


def documented(system: str, operation: str) -> dict[str, Any]:
    """The operation's `document.json`."""
    found: dict[str, Any] = json.loads((folder(system, operation) / "document.json").read_text())
    return found


def recorded(call: HttpCall) -> bytes:
    """The request as it stands on the wire, its JSON indented for the reader."""
    url = urlsplit(call.url)
    target = url.path + (f"?{url.query}" if url.query else "")
    head = [f"{call.method} {target} HTTP/1.1", f"Host: {url.netloc}"]
    head += [f"{name}: {value}" for name, value in sorted(call.headers.items())]
    return "\n".join(head).encode() + b"\n\n" + _readable(call.body) + b"\n"


def _readable(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False).encode()
    except ValueError:
        return body


def content(call: HttpCall) -> Any:
    """The body as JSON; of a form the fields of its JSON part, and its file's name and type."""
    kind = call.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return json.loads(call.body) if call.body else None
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + call.body)
    file, rest = form.get_payload()
    attached = {"filename": file.get_filename(), "Content-Type": file.get_content_type()}
    return {**json.loads(rest.get_payload(decode=True)), "attachment": attached}


def differences(document: Any, ours: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted paths at which two JSON values differ; the auth block is left out."""
    if isinstance(document, dict) and isinstance(ours, dict):
        for name in {**document, **ours}:
            if path or name not in AUTH:
                yield from differences(
                    document.get(name, ...), ours.get(name, ...), (*path, str(name))
                )
    elif isinstance(document, list) and isinstance(ours, list) and len(document) == len(ours):
        for index, (one, other) in enumerate(zip(document, ours, strict=True)):
            yield from differences(one, other, (*path, str(index)))
    elif document is ... or ours is ... or json.dumps(document) != json.dumps(ours):
        yield ".".join(path)
