"""SALESmanago's part of the control endpoint: the memory of its accounts, and their credentials."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from batchline.sandbox.control import ControlError, json_body, json_lines
from batchline.sandbox.salesmanago.account import Account, Coupon, contact_key
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.salesmanago.contact_views import shown


class AccountRoutes:
    """Routes that name an account by `client_id`; without it they use the first account."""

    def __init__(self, accounts: dict[str, Account], first: str) -> None:
        self._accounts = accounts
        self._first = first

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/contacts/{email:path}", self._contact, methods=["GET"]),
            Route("/_sandbox/pushes", self._pushes, methods=["GET"]),
            Route("/_sandbox/memory", self._memory, methods=["GET"]),
            Route("/_sandbox/coupons", self._assign_coupons, methods=["POST"]),
            Route("/_sandbox/clients", self._add_client, methods=["POST"]),
        ]

    async def _contact(self, request: Request) -> Response:
        account = self._account(request.query_params.get("client_id"))
        contact = account.find(request.path_params["email"], None)
        return JSONResponse(shown(account, contact) if contact else None)

    async def _pushes(self, request: Request) -> Response:
        return json_lines(self._account(request.query_params.get("client_id")).pushes)

    async def _memory(self, request: Request) -> Response:
        account = self._account(request.query_params.get("client_id"))
        funnels = {name: asdict(funnel) for name, funnel in account.funnels.items()}
        kept = {name: getattr(account, name) for name in ("programs", "emails", "tasks", "kept")}
        return JSONResponse({"funnels": funnels, **kept})

    async def _assign_coupons(self, request: Request) -> Response:
        """Body: {"email", "codes": [...], "count": 0, "name", "valid_to" (ms), "client_id"}."""
        body = await json_body(request)
        _only(body, "email", "codes", "count", "name", "valid_to", "client_id")
        account = self._account(body.get("client_id"))
        email, codes, count = body.get("email"), body.get("codes") or [], body.get("count") or 0
        if not isinstance(email, str) or not isinstance(codes, list) or not isinstance(count, int):
            raise ControlError("email: text; codes: a list of texts; count: a whole number")
        codes = [str(code) for code in codes]
        codes += [f"CODE-{secrets.token_hex(6).upper()}" for _ in range(count)]
        for code in codes:
            coupon = Coupon(contact_key(email), body.get("name"), body.get("valid_to"))
            account.coupons[code] = coupon
        return JSONResponse({"codes": codes})

    async def _add_client(self, request: Request) -> Response:
        """Body: {"client_id", "api_secret", "owners": [...]}."""
        body = await json_body(request)
        _only(body, "client_id", "api_secret", "owners")
        client_id, secret, owners = (
            body.get(name) for name in ("client_id", "api_secret", "owners")
        )
        if not (isinstance(client_id, str) and isinstance(secret, str)):
            raise ControlError("client_id and api_secret: text")
        if not isinstance(owners, list):
            raise ControlError("owners: a list of texts")
        client = Client(client_id, secret, frozenset(map(str, owners)))
        if client_id in self._accounts:
            self._accounts[client_id].client = client
        else:
            self._accounts[client_id] = Account(client)
        return JSONResponse({})

    def _account(self, client_id: str | None) -> Account:
        account = self._accounts.get(client_id or self._first)
        if account is None:
            raise ControlError(f"client_id: {client_id} is unknown")
        return account


def _only(body: dict[str, Any], *known: str) -> None:
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise ControlError(f"{unknown[0]}: unknown; known are {', '.join(known)}")
