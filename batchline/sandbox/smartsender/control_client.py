"""Smart Sender's part of the control endpoint from Python."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from batchline.sandbox.control_connection import Connection


class SmartsenderControl(Connection):
    """What the sandbox's Smart Sender project holds."""

    def put_contact(self, contact_id: str, **values: object) -> dict[str, Any]:
        """A contact, whatever its id, with these values and no others; as `contact` shows it."""
        body = {"id": contact_id, "values": values}
        made: dict[str, Any] = self._json("POST", "smartsender/contacts", body)
        return made

    def contact(self, contact_id: str) -> dict[str, Any] | None:
        """The contact as GET /v1/contacts/{id}/info answers it; None when there is none."""
        path = f"smartsender/contacts/{quote(contact_id, safe='')}"
        found: dict[str, Any] | None = self._json("GET", path)
        return found

    def fired(self) -> list[dict[str, str]]:
        """Every event, in order: `contact` and `name`."""
        found: list[dict[str, str]] = self._json("GET", "smartsender/fired")
        return found

    def messages(self) -> list[dict[str, Any]]:
        """Every message that was sent, in order, with its `contact`."""
        found: list[dict[str, Any]] = self._json("GET", "smartsender/messages")
        return found

    def excesses(self) -> int:
        """How many requests were beyond the allowance, those during a lock too."""
        return int(self._object("GET", "smartsender/allowance")["excesses"])

    def locked_until(self) -> float:
        """UNIX seconds until which the project is locked; in the past, or 0, when it is not."""
        return float(self._object("GET", "smartsender/allowance")["locked"])
