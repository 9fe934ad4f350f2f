"""What goes out: HTTP Basic, and for each operation the body around its items.

Items are joined as the bytes that the producer wrote.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from importlib.metadata import version

from batchline.systems.account import EsputnikAccount
from batchline.systems.contract import Request
from batchline.systems.esputnik import (
    contacts,
    segments,
    unsubscribes,
)
from batchline.systems.esputnik import (
    prepared_messages as messages,
)
from batchline.systems.planning import json_array


def headers(account: EsputnikAccount, has_body: bool) -> dict[str, str]:
    """ "Basic Auth": any value as the user name, the API key as the password."""
    credentials = f"{account.user}:{account.api_key.get_secret_value()}"
    made = {
        "Accept": "application/json",
        "Authorization": f"Basic {b64encode(credentials.encode()).decode()}",
        "User-Agent": f"batchline/{version('batchline')}",
    }
    return made | ({"Content-Type": "application/json;charset=UTF-8"} if has_body else {})


def body(request: Request, account: EsputnikAccount) -> bytes:
    """The request's body; b"" where it has none."""
    if request.operation == "contact.upsert":
        return contacts.body(request, account)
    make = _BODIES.get(request.operation)
    return make(request) if make is not None else request.items[0].payload


_BODIES: dict[str, Callable[[Request], bytes]] = {
    "contact.delete": lambda request: b"",
    "event.add_past": lambda request: json_array("events", request.items),
    "order.upsert": lambda request: json_array("orders", request.items),
    "message.send": messages.body,
    "email.unsubscribe": unsubscribes.body,
    "email.resubscribe": unsubscribes.body,
    "segment.attach": segments.body,
    "segment.detach": segments.body,
}
