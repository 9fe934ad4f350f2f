"""The sandbox as one app: every API's endpoints, and the control endpoint beside them."""

from __future__ import annotations

from collections.abc import Sequence
from time import time

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from batchline.sandbox.contract import Api
from batchline.sandbox.control import ControlError, ControlRoutes, control_error
from batchline.sandbox.desk import Desk
from batchline.sandbox.esputnik.api import Esputnik
from batchline.sandbox.exchange import Exchange
from batchline.sandbox.faults import FaultError
from batchline.sandbox.salesmanago.api import SalesManago
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.salesmanago_mobile.api import SalesmanagoMobile
from batchline.sandbox.settings import Settings
from batchline.sandbox.smartsender.api import Smartsender
from batchline.sandbox.wire import with_transport


def build(settings: Settings, salesmanago_client: Client) -> ASGIApp:
    """The sandbox as one ASGI app, for uvicorn."""
    desk = Desk(settings)
    apis: list[Api] = [
        SalesManago(desk, salesmanago_client),
        SalesmanagoMobile(desk),
        Esputnik(desk),
        Smartsender(desk),
    ]
    routes: list[BaseRoute] = [
        Route(endpoint.path, Exchange(desk, api, endpoint), methods=[endpoint.http_method])
        for api in apis
        for endpoint in api.endpoints
    ]
    routes += ControlRoutes(desk, apis).routes()
    for api in apis:
        routes += api.control_routes()
    app = Starlette(
        routes=routes,
        exception_handlers={ControlError: control_error, FaultError: control_error},
    )
    return with_transport(_up_to_date(app, apis))


def _up_to_date(app: ASGIApp, apis: Sequence[Api]) -> ASGIApp:
    """The app, which lets each API do its due work before each request, control requests too."""

    async def advanced(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            now = time()
            for api in apis:
                api.advance(now)
        await app(scope, receive, send)

    return advanced
