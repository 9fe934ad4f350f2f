"""Smart Sender's part of the control endpoint: the memory of the project."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from batchline.sandbox.control import ControlError, json_body
from batchline.sandbox.smartsender.contacts import set_values
from batchline.sandbox.smartsender.project import Project


class ProjectRoutes:
    """Routes under `/_sandbox/smartsender`."""

    def __init__(self, project: Callable[[], Project]) -> None:
        self._project = project

    def routes(self) -> list[Route]:
        root = "/_sandbox/smartsender"
        return [
            Route(f"{root}/contacts", self._put_contact, methods=["POST"]),
            Route(f"{root}/contacts/{{contact}}", self._contact, methods=["GET"]),
            Route(f"{root}/fired", self._fired, methods=["GET"]),
            Route(f"{root}/messages", self._messages, methods=["GET"]),
            Route(f"{root}/allowance", self._allowance, methods=["GET"]),
        ]

    async def _put_contact(self, request: Request) -> Response:
        """Body: {"id", "values": {...}}. Puts a contact of any id with only these values."""
        body = await json_body(request)
        contact_id, values = body.get("id"), body.get("values", {})
        if not isinstance(contact_id, str) or not contact_id or not isinstance(values, dict):
            raise ControlError("id: text; values: an object")
        contact = self._project().put(contact_id)
        set_values(contact, values)
        return JSONResponse(contact.shown())

    async def _contact(self, request: Request) -> Response:
        """The contact in the form of GET /contacts/{id}/info, without counting; null for none."""
        contact = self._project().contact(request.path_params["contact"])
        return JSONResponse(contact.shown() if contact else None)

    async def _fired(self, request: Request) -> Response:
        return JSONResponse(self._project().fired)

    async def _messages(self, request: Request) -> Response:
        return JSONResponse(self._project().messages)

    async def _allowance(self, request: Request) -> Response:
        """Number of `excesses` so far, and UNIX seconds until which the project is `locked`."""
        allowance = self._project().allowance
        return JSONResponse({"excesses": allowance.excesses, "locked": allowance.locked_until})
