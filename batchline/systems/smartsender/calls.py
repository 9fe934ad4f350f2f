"""What goes out: a call for each item, with what the path names and the payload as the body."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from urllib.parse import quote

from batchline.producers.lanes import request_fields
from batchline.systems.account import SmartsenderAccount
from batchline.systems.contract import Item, Request

#: Operation -> method and path, with the names of the options that stand in it.
_TARGETS = {
    "contact.update": ("PUT", "/v1/contacts/{contactId}"),
    "event.fire": ("POST", "/v1/contacts/{contactId}/fire"),
    "contact.unite": ("POST", "/v1/contacts/{contactId}/unite/{targetId}"),
    "tag.add": ("POST", "/v1/contacts/{contactId}/tags/{tagId}"),
    "tag.remove": ("DELETE", "/v1/contacts/{contactId}/tags/{tagId}"),
    "funnel.add_contact": ("POST", "/v1/contacts/{contactId}/funnels/{serviceKey}"),
    "funnel.remove_contact": ("DELETE", "/v1/contacts/{contactId}/funnels/{serviceKey}"),
    "contact.create": ("POST", "/v1/channels/{channelId}/gates"),
    "message.send": ("POST", "/v1/contacts/{contactId}/send"),
}
#: The payload of a message that says everything in its path.
NOTHING = b"{}"


def request(item: Item) -> Request:
    method, path = _TARGETS[item.operation]
    parts = {name: quote(part, safe="") for name, part in request_fields(item.options).items()}
    return Request(item.operation, path.format_map(parts), (item,), method)


def contacts(item: Item) -> Iterable[str]:
    """The contacts that the item changes."""
    if item.operation == "contact.unite":
        return item.contact, request_fields(item.options)["targetId"]
    return (item.contact,)


def body(request: Request) -> bytes:
    """The item's own bytes; b"" where no body is documented."""
    payload = request.items[0].payload
    return b"" if payload == NOTHING else payload


def headers(account: SmartsenderAccount, has_body: bool) -> dict[str, str]:
    """`Authorization: Bearer` and the project's token."""
    made = {
        "Accept": "application/json",
        "Authorization": f"Bearer {account.token.get_secret_value()}",
        "User-Agent": f"batchline/{version('batchline')}",
    }
    return made | ({"Content-Type": "application/json"} if has_body else {})
