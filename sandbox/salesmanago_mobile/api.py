"""SALESmanago Mobile put together."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.contract import Endpoint
from sandbox.desk import Desk


class SalesmanagoMobile:
    """The API, with its memory."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.endpoints: list[Endpoint] = []
        self.reset()

    def advance(self, now: float) -> None:
        """Nothing becomes due."""

    def reset(self) -> None:
        """There is nothing to forget."""

    def control_routes(self) -> list[Route]:
        return []
