"""Smart Sender's part of the control endpoint from Python."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from batchline.sandbox.control_connection import Connection


class SmartsenderControl(Connection):
    """The memory of the sandbox's Smart Sender project."""

    def put_contact(self, contact_id: str, **values: object) -> dict[str, Any]:
        """Put a contact of any id with these values and no others; returns it as `contact` does."""
        body = {"id": contact_id, "values": values}
        contact: dict[str, Any] = self._json("POST", "smartsender/contacts", body)
        return contact

    def contact(self, contact_id: str) -> dict[str, Any] | None:
        """The contact in the form of GET /v1/contacts/{id}/info; None if there is none."""
        path = f"smartsender/contacts/{quote(contact_id, safe='')}"
        contact: dict[str, Any] | None = self._json("GET", path)
        return contact

    def fired(self) -> list[dict[str, str]]:
        """Every started event, in order: `contact` and `name`."""
        events: list[dict[str, str]] = self._json("GET", "smartsender/fired")
        return events

    def messages(self) -> list[dict[str, Any]]:
        """Every sent message, in order, with its `contact`."""
        messages: list[dict[str, Any]] = self._json("GET", "smartsender/messages")
        return messages

    def excesses(self) -> int:
        """Number of requests beyond the allowance, requests during a lock included."""
        return int(self._object("GET", "smartsender/allowance")["excesses"])

    def locked_until(self) -> float:
        """UNIX seconds until which the project is locked; in the past, or 0, if it is not."""
        return float(self._object("GET", "smartsender/allowance")["locked"])
