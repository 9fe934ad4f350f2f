"""Messages: POST /contacts/{contactId}/send."""

from __future__ import annotations

from datetime import UTC, datetime

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import Check, anything, record, text
from batchline.sandbox.contract import Item
from batchline.sandbox.smartsender.contacts import phone
from batchline.sandbox.smartsender.methods import CheckedRequest, Method, RequestData

_NAME = text(shortest=1)


def _degrees(value: object) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number else ": must be a number"


_MEDIA: dict[str, Check] = {"media": text(shortest=1, pattern=r"https?://\S+")}
#: Type of a message -> its fields, which are all needed.
_FIELDS: dict[str, dict[str, Check]] = {
    "text": {"content": _NAME},
    **dict.fromkeys(("picture", "file", "video", "audio", "voice", "animation"), _MEDIA),
    "location": {"title": _NAME, "latitude": _degrees, "longitude": _degrees},
    "contact": {"fullName": _NAME, "phoneNumber": phone},
}
_SHAPES = {
    kind: record({"type": _NAME, **fields, "watermark": anything}, required=fields)
    for kind, fields in _FIELDS.items()
}


def _shape(value: object) -> str | None:
    kind = value.get("type") if type(value) is dict else None
    if not isinstance(kind, str) or kind not in _SHAPES:
        return f".type: not one of {sorted(_SHAPES)}"
    return _SHAPES[kind](value)


def _item(data: RequestData) -> Item:
    """The item of a message: its id is the message's first text."""
    texts = (as_text(data.body.get(name)) for name in ("content", "media", "title", "fullName"))
    return data.item(next(filter(None, texts), ""))


def _send(request: CheckedRequest) -> JsonObject:
    """Send a message; no document shows the values of `state.type` and `content.resource`."""
    contact, body = request.contact(), request.data.body
    moment = datetime.fromtimestamp(request.now, UTC).strftime("%Y-%m-%d %H:%M:%S")
    parameters = {name: body[name] for name in _FIELDS[body["type"]]}
    message = {
        "id": len(request.project.messages) + 1,
        "internal": False,
        "createdAt": moment,
        **dict.fromkeys(("deliveredAt", "seenAt", "editedAt", "gate", "sender")),
        "state": {"type": "sent", "message": None},
        "content": {"type": body["type"], "resource": {"parameters": parameters}},
    }
    request.project.messages.append({**message, "contact": contact.id})
    return message


METHODS = [
    Method("POST", "/contacts/{contact}/send", "message.send", _send, _shape, _item),
]
