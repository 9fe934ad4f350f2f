"""Smart Sender put together."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.contract import Endpoint
from sandbox.desk import Desk
from sandbox.smartsender import contacts, gates, messages
from sandbox.smartsender.control import ProjectRoutes
from sandbox.smartsender.methods import ServedMethod
from sandbox.smartsender.project import Project

METHODS = [*contacts.METHODS, *gates.METHODS, *messages.METHODS]


class Smartsender:
    """The API, with its one project."""

    def __init__(self, desk: Desk) -> None:
        self._project = Project()
        self.endpoints: list[Endpoint] = [
            ServedMethod(desk, self._current, method) for method in METHODS
        ]

    def advance(self, now: float) -> None:
        """Nothing becomes due."""

    def reset(self) -> None:
        self._project = Project()

    def control_routes(self) -> list[Route]:
        return ProjectRoutes(self._current).routes()

    def _current(self) -> Project:
        return self._project
