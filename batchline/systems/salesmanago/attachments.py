"""E-mails with an attachment: email/sendWithAttachment is a form of two parts."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode

from urllib3.filepost import encode_multipart_formdata

from batchline.systems.salesmanago.auth import HEADERS, as_json

PATH = "/api/email/sendWithAttachment"
#: As the sample has it.
ACCEPT = "application/json, application/*+json"


def form(body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of the form: `attachment`, and `emailSendRequest`, all the rest as JSON."""
    request = json.loads(body)
    file = request.pop("attachment")
    parts: dict[str, bytes | tuple[str, bytes, str]] = {
        "attachment": (file["name"], b64decode(file["content"]), file["contentType"]),
        "emailSendRequest": as_json(request),
    }
    # What the parts cannot hold, and the same each time.
    boundary = "batchline-" + hashlib.sha256(body).hexdigest()[:32]
    sent, content_type = encode_multipart_formdata(parts, boundary)
    return {**HEADERS, "Accept": ACCEPT, "Content-Type": content_type}, sent
