"""mobile/push/send, sendCustom, sendMass, sendMassCustom and list, of the mobile documents."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Iterator, Mapping

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import (
    Check,
    all_of,
    array,
    email,
    flag,
    flag_or_word,
    identified_by,
    millis_or_digits,
    pairs,
    record,
    text,
    uuid,
)
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.salesmanago import addressees
from batchline.sandbox.salesmanago.account import contact_key
from batchline.sandbox.salesmanago.methods import AUTH_FIELDS, CheckedRequest, Method, body_of

#: The most bytes of a push: "Maximum total size of Mobile Push notification supported by
#: Android/iOS", 4 kB.
SIZE_LIMIT = 4096
#: The most `properties`: 16 * 255.
PROPERTY_LIMIT = 16

_APPLICATION: dict[str, Check] = {"applicationId": text(255, shortest=1)}
#: "Contact identifier ... You can specify only one of those fields."
_CONTACT: dict[str, Check] = {"email": email, "contactId": uuid, "userId": text(255, shortest=1)}
_EXISTING: dict[str, Check] = {"pushId": uuid}
_COMMON: dict[str, Check] = {
    "properties": pairs(255, most=PROPERTY_LIMIT),
    # The samples send the texts "true" and "false".
    "sendToAllDevices": flag_or_word,
}


def _text_part(longest: int) -> Check:
    return record({"personalized": flag, "text": text(longest, shortest=1)}, required=("text",))


_CUSTOM: dict[str, Check] = {
    "title": _text_part(255),
    "content": _text_part(2048),
    "deeplink": _text_part(2048),
    "imageUrl": text(2048, shortest=1),
    "soundName": text(255),
}


_ADDRESSEES = addressees.addressees(("EMAIL", "CONTACT_ID", "TAG", "USER_ID"), {})
_MASS: dict[str, Check] = {"contacts": array(_ADDRESSEES, 1), "date": millis_or_digits}


def _size(value: object) -> str | None:
    """A check of the bytes of all texts in the notification, names of properties included."""
    parts = (value.get(name) for name in (*_CUSTOM, "properties")) if type(value) is dict else ()
    size = sum(len(one.encode(errors="replace")) for part in parts for one in _texts(part))
    return f": {size} bytes of notification, more than {SIZE_LIMIT}" if size > SIZE_LIMIT else None


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        named = part.items() if "text" not in part else [("", part["text"])]
        for name, value in named:
            yield name
            yield as_text(value)


def _shape(fields: Mapping[str, Check], required: tuple[str, ...], *more: Check) -> Check:
    whole = {**_APPLICATION, **_COMMON, **fields}
    body = body_of(whole, ("applicationId", *required), requires_request_time=False)
    return all_of(body, *more, _size)


_ONE_CONTACT = identified_by("email", "contactId", "userId", exactly_one=True)
_SEND = _shape({**_CONTACT, **_EXISTING}, ("pushId",), _ONE_CONTACT)
# The sample has a pushId, the table has none.
_SEND_CUSTOM = _shape({**_CONTACT, **_EXISTING, **_CUSTOM}, ("title", "deeplink"), _ONE_CONTACT)
# `contacts` is not marked as required, and one sample has none.
_SEND_MASS = _shape({**_MASS, **_EXISTING}, ("pushId",))
_SEND_MASS_CUSTOM = _shape({**_MASS, **_CUSTOM}, ("title", "content", "deeplink", "imageUrl"))
_LIST = body_of(_APPLICATION, ("applicationId",), requires_request_time=False)


def _to_one(body: JsonObject) -> list[Item]:
    address = contact_key(as_text(body.get("email")))
    key = address or as_text(body.get("contactId")) or as_text(body.get("userId"))
    return [Item(f"{_content(body)}:{key}", key)]


def _to_many(body: JsonObject) -> list[Item]:
    return addressees.items(body, _content(body))


def _content(body: JsonObject) -> str:
    """The content of a push for its items' ids: its pushId, or the text of its title."""
    title = body.get("title")
    return as_text(title.get("text")) if isinstance(title, dict) else as_text(body.get("pushId"))


def _send(request: CheckedRequest) -> Answer:
    """Accept the push; no failure of one is documented."""
    kept = {name: value for name, value in request.body.items() if name not in AUTH_FIELDS}
    request.account.pushes.append(kept)
    return request.accept()


def _list(request: CheckedRequest) -> Answer:
    """List one notification per application; its id is equal every time."""
    application = request.body["applicationId"]
    notification = {
        "name": "Example push",
        "id": str(uuids.uuid5(uuids.NAMESPACE_URL, application)),
        "title": "Best deal of the year!",
        "content": "Example content of this Mobile Push notification",
    }
    return request.accept(notifications=[notification])


def _push(
    name: str, operation: str, shape: Check, items: Callable[[JsonObject], list[Item]]
) -> Method:
    return Method(f"mobile/push/{name}", operation, shape, _send, items, owner_required=None)


METHODS = [
    _push("send", "push.send", _SEND, _to_one),
    _push("sendCustom", "push.send_custom", _SEND_CUSTOM, _to_one),
    _push("sendMass", "push.send_mass", _SEND_MASS, _to_many),
    _push("sendMassCustom", "push.send_mass_custom", _SEND_MASS_CUSTOM, _to_many),
    Method("mobile/push/list", "push.list", _LIST, _list, owner_required=None),
]
