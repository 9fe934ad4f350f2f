"""The API of SALESmanago: its methods, its accounts, and their due work."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import Route

from batchline.sandbox.contract import Endpoint, Incoming
from batchline.sandbox.desk import Desk
from batchline.sandbox.salesmanago import (
    contact_changes,
    contacts,
    coupons,
    emails,
    event_changes,
    events,
    funnels,
    jobs,
    loyalty,
    messages,
    pushes,
    tasks,
    users,
)
from batchline.sandbox.salesmanago.account import Account
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.salesmanago.control import AccountRoutes
from batchline.sandbox.salesmanago.methods import ServedMethod

METHODS = [
    *contacts.METHODS,
    *contact_changes.METHODS,
    *events.METHODS,
    *event_changes.METHODS,
    *pushes.METHODS,
    *coupons.METHODS,
    *funnels.METHODS,
    *emails.METHODS,
    *messages.METHODS,
    *tasks.METHODS,
    *loyalty.METHODS,
    *jobs.METHODS,
    *users.METHODS,
]


class SalesManago:
    """The API. Its first account is that of the sandbox's client."""

    def __init__(self, desk: Desk, client: Client) -> None:
        self._desk = desk
        self._client = client
        self._accounts: dict[str, Account] = {}
        self.endpoints: list[Endpoint] = [
            ServedMethod(desk, self._accounts, method) for method in METHODS
        ]
        self.endpoints.append(_ResultFiles(desk, self._accounts))
        self.reset()

    def advance(self, now: float) -> None:
        for account in self._accounts.values():
            jobs.run_due(account, self._desk.settings, now)
            events.retry_due(account, self._desk.settings, now)

    def reset(self) -> None:
        self._accounts.clear()
        self._accounts[self._client.client_id] = Account(self._client)

    def control_routes(self) -> list[Route]:
        return AccountRoutes(self._accounts, self._client.client_id).routes()


@dataclass(frozen=True, slots=True)
class _ResultFiles:
    """The files behind `fileUrl`, as an endpoint."""

    desk: Desk
    accounts: dict[str, Account]
    http_method: str = "GET"
    path: str = f"{jobs.FILES}/{{name}}"
    operation: str = "job.file"

    def open(self, incoming: Incoming) -> jobs.FileCall:
        return jobs.FileCall(self.desk, self.accounts, incoming.path)
