"""Contacts in a file: POST /v1/contacts/upload, whose import is a job."""

from __future__ import annotations

from batchline.systems.answers import identifier, shorten
from batchline.systems.esputnik.endpoints import Read, endpoint
from batchline.systems.esputnik.messages.uploads import ContactsUpload
from batchline.systems.esputnik.readings import complains
from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.requests import Request
from batchline.systems.verdicts import Judged, Refused

#: The id of the import: two pages of the reference name it differently (FileValidationResult).
_IDS = ("importId", "asyncSessionId")


def _judge(request: Request, body: Read) -> Judged | Refused | None:
    """Judge `valid` and the id of the import, which /v1/importstatus knows; `message` says why."""
    if not isinstance(body, dict):
        return None
    if str(body.get("valid")).lower() == "false":
        return Refused(shorten(str(body.get("message") or "valid: false, without a message")))
    if complains({name: value for name, value in body.items() if name != "message"}):
        return None
    job = next((found for name in _IDS if (found := identifier(body.get(name)))), None)
    return Judged(job=job) if job else None


UPLOAD = endpoint("/api/v1/contacts/upload", judge=_judge)

OPERATIONS = (
    Operation(
        message=ContactsUpload,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        # A file that is imported twice leaves its contacts as they were after the first time, and
        # none of them is new the second time.
        ambiguous="resend",
        batching="one POST /v1/contacts/upload each, in order",
        idempotent=True,
        endpoints=(UPLOAD,),
        plan=each_alone(UPLOAD),
    ),
)
