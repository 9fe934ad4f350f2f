"""eSputnik's part of the control endpoint: the memory of the account."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from batchline.sandbox.control import json_lines
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contacts import shown


class AccountRoutes:
    """Routes under `/_sandbox/esputnik`."""

    def __init__(self, account: Callable[[], Account]) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        handlers = {
            "contacts/{email:path}": self._contact,
            "uploads": self._uploads,
            "events": self._events,
            "orders": self._orders,
            "messages": self._messages,
            "segments": self._segments,
            "unsubscribed": self._unsubscribed,
        }
        return [
            Route(f"/_sandbox/esputnik/{path}", handler, methods=["GET"])
            for path, handler in handlers.items()
        ]

    async def _contact(self, request: Request) -> Response:
        """The most recently changed contact with this address; null if there is none."""
        account = self._account()
        contacts = account.contacts.with_channel("email", request.path_params["email"])
        if not contacts:
            return JSONResponse(None)
        contact = contacts[0]
        fields = {**shown(account, contact), "confirmed": contact.confirmed}
        return JSONResponse({**fields, "contacts_with_address": len(contacts)})

    async def _uploads(self, request: Request) -> Response:
        return json_lines(self._account().uploads)

    async def _events(self, request: Request) -> Response:
        return json_lines(self._account().events)

    async def _orders(self, request: Request) -> Response:
        return json_lines(self._account().orders.values())

    async def _messages(self, request: Request) -> Response:
        return json_lines(self._account().messages)

    async def _segments(self, request: Request) -> Response:
        segments = self._account().segments.values()
        return json_lines(
            {"id": each.id, "name": each.name, "contactIds": sorted(each.contact_ids)}
            for each in segments
        )

    async def _unsubscribed(self, request: Request) -> Response:
        return JSONResponse(sorted(self._account().unsubscribed))
