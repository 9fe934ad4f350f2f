"""Channels: POST /channels/{channelId}/gates, the only way to create a contact."""

from __future__ import annotations

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import email, record, text
from batchline.sandbox.contract import Item
from batchline.sandbox.smartsender.contacts import key_value, phone, set_values
from batchline.sandbox.smartsender.methods import CheckedRequest, Method, RequestData

_NAME = text(shortest=1)
_SHAPE = record(
    {
        "identifier": _NAME,
        "firstName": _NAME,
        "lastName": text(),
        "email": email,
        "phone": phone,
        "parameters": key_value,
    },
    required=("identifier", "firstName"),
)


def _item(data: RequestData) -> Item:
    name = f"{as_text(data.body.get('identifier'))}@{data.path['channel']}"
    return Item(name, name)


def _create(request: CheckedRequest) -> JsonObject:
    """Create a gate and its contact; a gate that has the identifier already is returned."""
    body, gates = request.data.body, request.project.gates
    channel = request.known("channel")
    known = (channel, body["identifier"])
    if known not in gates:
        gates[known] = {
            "id": len(gates) + 1,
            "subscribed": True,
            "unreadMessages": 0,
            "channel": {"id": channel, "type": "whatsapp", "name": channel, "active": True},
        }
        contact = request.project.put(f"gate-{len(gates)}")
        contact.gates.add(len(gates))
        set_values(contact, {name: body[name] for name in _CONTACT if name in body})
    return gates[known]


#: The fields that a contact gets from its gate's request.
_CONTACT = ("firstName", "lastName", "email", "phone")

METHODS = [
    Method("POST", "/channels/{channel}/gates", "contact.create", _create, _SHAPE, _item),
]
