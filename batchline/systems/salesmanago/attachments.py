"""E-mails with an attachment: email/sendWithAttachment takes a form of two parts."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode

from batchline.systems.message import compact_json
from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.salesmanago.auth import HEADERS
from batchline.systems.salesmanago.endpoints import delivered_with, endpoint, single, with_user
from batchline.systems.salesmanago.messages.attachments import EmailWithAttachment

#: The header `Accept`, as in the documents' sample.
ACCEPT = "application/json, application/*+json"


def form(body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of the form: `attachment`, and all other fields in `emailSendRequest`."""
    from urllib3.filepost import encode_multipart_formdata  # producers do not need it

    request = json.loads(body)
    file = request.pop("attachment")
    parts: dict[str, bytes | tuple[str, bytes, str]] = {
        "attachment": (file["name"], b64decode(file["content"]), file["contentType"]),
        "emailSendRequest": compact_json(request),
    }
    # The parts cannot contain it, and it is equal each time.
    boundary = "batchline-" + hashlib.sha256(body).hexdigest()[:32]
    form_body, content_type = encode_multipart_formdata(parts, boundary)
    return {**HEADERS, "Accept": ACCEPT, "Content-Type": content_type}, form_body


#: The body is JSON; the adapter makes a form of it.
SEND = endpoint(
    "/api/email/sendWithAttachment",
    with_user("user", dated=True),
    single,
    delivered_with("conversationId"),
)

OPERATIONS = (
    Operation(
        message=EmailWithAttachment,
        linger=0.1,
        # A message may have several megabytes.
        batch_size=5,
        largest_batch=50,
        ambiguous="hold",
        batching="one sendWithAttachment each",
        idempotent=False,
        endpoints=(SEND,),
        plan=each_alone(SEND),
    ),
)
