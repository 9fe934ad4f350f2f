"""eSputnik's part of the control endpoint from Python."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from batchline.sandbox.control_connection import Connection


class EsputnikControl(Connection):
    """What the sandbox's eSputnik account holds."""

    def contact(self, email: str) -> dict[str, Any] | None:
        """The contact as GET /v1/contact/{id} answers it, and whether it is `confirmed`; None when
        there is none. `contacts_with_address`: how many have that address."""
        found: dict[str, Any] | None = self._json("GET", f"esputnik/contacts/{quote(email)}")
        return found

    def events(self) -> list[dict[str, Any]]:
        """Every event, the system's own too, in order."""
        return self._lines("esputnik/events")

    def orders(self) -> list[dict[str, Any]]:
        """The newest version of each order."""
        return self._lines("esputnik/orders")

    def messages(self) -> list[dict[str, Any]]:
        """Every message that is scheduled, in order: messageId, locator, params, requestId."""
        return self._lines("esputnik/messages")

    def segments(self) -> dict[str, list[int]]:
        """The contactIds of each segment, by the segment's name."""
        rows = self._lines("esputnik/segments")
        return {row["name"]: row["contactIds"] for row in rows}

    def unsubscribed(self) -> list[str]:
        """The unsubscribed e-mail addresses, in lower case and in order."""
        found: list[str] = self._json("GET", "esputnik/unsubscribed")
        return found
