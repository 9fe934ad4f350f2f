"""The API of Smart Sender: its methods and its project."""

from __future__ import annotations

from starlette.routing import Route

from batchline.sandbox.contract import Endpoint
from batchline.sandbox.desk import Desk
from batchline.sandbox.smartsender import contacts, gates, messages
from batchline.sandbox.smartsender.control import ProjectRoutes
from batchline.sandbox.smartsender.methods import ServedMethod
from batchline.sandbox.smartsender.project import Project

METHODS = [*contacts.METHODS, *gates.METHODS, *messages.METHODS]


class Smartsender:
    """The API, with its one project."""

    def __init__(self, desk: Desk) -> None:
        self._project = Project()
        self.endpoints: list[Endpoint] = [
            ServedMethod(desk, self._current, method) for method in METHODS
        ]

    def advance(self, now: float) -> None:
        """Do nothing: no work becomes due."""

    def reset(self) -> None:
        self._project = Project()

    def control_routes(self) -> list[Route]:
        return ProjectRoutes(self._current).routes()

    def _current(self) -> Project:
        return self._project
