"""contact/updateTask and contact/addNote."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import (
    Check,
    all_of,
    email,
    flag,
    identified_by,
    millis,
    one_of,
    record,
    text,
)
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.salesmanago.account import contact_key
from batchline.sandbox.salesmanago.contacts import contact_item
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of

_REMINDERS = ("15_MIN", "30_MIN", "1_HOUR", "12_HOUR", "1_DAY", "1_WEEK")


def _addresses(value: object) -> str | None:
    problem = text(255)(value)
    listed = [one.strip() for one in as_text(value).split(",") if one.strip()]
    return problem or next(filter(None, map(email, listed)), None)


_TASK = record(
    {
        "contactEmail": email,
        "id": text(255, shortest=1),
        "note": text(2048),
        "date": millis,
        "cc": _addresses,
        "reminder": one_of(_REMINDERS),
        "realized": flag,
    }
)


def _task_of(body: object) -> Mapping[str, Any]:
    task = body.get("smContactTaskReq") if type(body) is dict else None
    return task if isinstance(task, dict) else {}


def _complete(body: object) -> str | None:
    """A check of "fields required while adding a task".

    To delete a task, "only an additional ID parameter is required".
    """
    task = _task_of(body)
    if task.get("id"):
        return None
    if type(body) is dict and body.get("finished"):
        return ".smContactTaskReq.id: not given"
    missing = [name for name in ("contactEmail", "date", "reminder") if task.get(name) is None]
    return f".smContactTaskReq.{missing[0]}: not given" if missing else None


_UPDATE = all_of(
    body_of({"finished": flag, "smContactTaskReq": _TASK}, required=("smContactTaskReq",)),
    _complete,
)
_NOTE_FIELDS: dict[str, Check] = {
    **OWNER,
    "email": email,
    # The sample has an empty one.
    "contactId": text(255),
    "priv": flag,
    "note": text(1024, shortest=1),
}
_NOTE = all_of(body_of(_NOTE_FIELDS, required=("note",)), identified_by("email", "contactId"))


def _task_item(body: JsonObject) -> list[Item]:
    task = _task_of(body)
    key = contact_key(as_text(task.get("contactEmail")))
    return [Item(as_text(task.get("id")) or key, key)]


def _note_item(body: JsonObject) -> list[Item]:
    return [Item(as_text(body.get("note")), contact_item(body).key)]


def _update(request: CheckedRequest) -> Answer:
    """Add, change or delete a task; the answer to an unknown id is not documented."""
    task, tasks = _task_of(request.body), request.account.tasks
    task_id = task.get("id")
    if task_id and task_id not in tasks:
        return request.refuse("id: unknown", taskId=None)
    task_id = task_id or str(uuids.uuid4())
    if request.body.get("finished"):
        del tasks[task_id]
    else:
        changes = {name: value for name, value in task.items() if value is not None}
        tasks[task_id] = {**tasks.get(task_id, {}), **changes, "id": task_id}
    return request.accept(taskId=task_id)


def _add_note(request: CheckedRequest) -> Answer:
    """Add a note; no failure of one is documented."""
    request.keep("note.add")
    return request.accept("Note was added to contact")


METHODS = [
    Method("contact/updateTask", "task.update", _UPDATE, _update, _task_item, owner_required=None),
    Method("contact/addNote", "note.add", _NOTE, _add_note, _note_item),
]
