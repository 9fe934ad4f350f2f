"""The API of eSputnik (Yespo): its methods and its account."""

from __future__ import annotations

from starlette.routing import Route

from batchline.sandbox.contract import Endpoint
from batchline.sandbox.desk import Desk
from batchline.sandbox.esputnik import (
    contacts,
    direct_messages,
    events,
    imports,
    messages,
    orders,
    organisation,
    segments,
    unsubscribes,
    uploads,
)
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.control import AccountRoutes
from batchline.sandbox.esputnik.methods import ServedMethod

METHODS = [
    *imports.METHODS,
    *contacts.METHODS,
    *uploads.METHODS,
    *events.METHODS,
    *orders.METHODS,
    *messages.METHODS,
    *direct_messages.METHODS,
    *unsubscribes.METHODS,
    *segments.METHODS,
    *organisation.METHODS,
]


class Esputnik:
    """The API, with its one account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._account = Account()
        self.endpoints: list[Endpoint] = [
            ServedMethod(desk, self._current, method) for method in METHODS
        ]

    def advance(self, now: float) -> None:
        imports.run_due(self._account, self._desk.settings, now)

    def reset(self) -> None:
        self._account = Account()

    def control_routes(self) -> list[Route]:
        return AccountRoutes(self._current).routes()

    def _current(self) -> Account:
        return self._account
