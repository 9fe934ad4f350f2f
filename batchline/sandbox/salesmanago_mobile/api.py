"""The API of SALESmanago Mobile: contact/create."""

from __future__ import annotations

import uuid
from zoneinfo import available_timezones

from starlette.routing import Route

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import email, one_of, record, text
from batchline.sandbox.contract import Answer, Endpoint, Item
from batchline.sandbox.desk import Desk
from batchline.sandbox.salesmanago.account import Account, contact_key
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.salesmanago.methods import AUTH_FIELDS, CheckedRequest, Method, ServedMethod

#: The accepted credentials, other ones than those of API v2.
CLIENT_ID = "sandbox-mobile-client"
API_SECRET = "sandbox-mobile-secret"  # noqa: S105

#: The three fields of "Authentication".
_CREDENTIALS = {name: AUTH_FIELDS[name] for name in ("clientId", "apiKey", "sha")}
_CREATE = record(
    {
        **_CREDENTIALS,
        "pushRegistrationId": text(512, shortest=1),
        "applicationSimpleId": text(255, shortest=1),
        "system": one_of(("ANDROID", "IOS")),
        "systemVersion": text(255),
        "deviceModel": text(255),
        "email": email,
        "phone": text(255),
        "timezone": one_of(available_timezones()),
        # ISO 639-1 and ISO 3166-1 alpha-2.
        "locale": text(pattern="[a-z]{2}_[A-Z]{2}"),
    },
    required=("pushRegistrationId", "applicationSimpleId", "system", "email"),
)


def _item(body: JsonObject) -> list[Item]:
    return [Item(as_text(body.get("pushRegistrationId")), contact_key(as_text(body.get("email"))))]


def _create(request: CheckedRequest) -> Answer:
    """Create a user; the userId of a device is equal every time.

    The documents do not say what happens to a known user.
    """
    device = f"{request.body['applicationSimpleId']}/{request.body['pushRegistrationId']}"
    user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, device))
    return request.accept("Contact has been created", data={"userId": user_id})


METHODS = [
    Method("contact/create", "contact.create", _CREATE, _create, _item, owner_required=None),
]


class SalesmanagoMobile:
    """The API, with its memory."""

    def __init__(self, desk: Desk) -> None:
        self._accounts = {CLIENT_ID: Account(Client(CLIENT_ID, API_SECRET, frozenset()))}
        self.endpoints: list[Endpoint] = [
            ServedMethod(desk, self._accounts, method) for method in METHODS
        ]

    def advance(self, now: float) -> None:
        """Do nothing: no work becomes due."""

    def reset(self) -> None:
        """Do nothing: the API has no state."""

    def control_routes(self) -> list[Route]:
        return []
