"""eSputnik's part of the control endpoint from Python."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from batchline.sandbox.control_connection import Connection


class EsputnikControl(Connection):
    """The memory of the sandbox's eSputnik account."""

    def contact(self, email: str) -> dict[str, Any] | None:
        """The most recently changed contact with this address; None if there is none.

        Its fields are those of GET /v1/contact/{id}, `confirmed`, and `contacts_with_address`, the
        number of contacts with the address.
        """
        contact: dict[str, Any] | None = self._json("GET", f"esputnik/contacts/{quote(email)}")
        return contact

    def uploads(self) -> list[dict[str, Any]]:
        """The body of every accepted POST /v1/contacts/upload, in order."""
        return self._lines("esputnik/uploads")

    def events(self) -> list[dict[str, Any]]:
        """Every event, also of eSputnik itself, in order."""
        return self._lines("esputnik/events")

    def orders(self) -> list[dict[str, Any]]:
        """The newest version of each order."""
        return self._lines("esputnik/orders")

    def messages(self) -> list[dict[str, Any]]:
        """Every scheduled message, in order: messageId, locator, params, requestId.

        A message that the request itself held has messageId 0, and its fields as `params`.
        """
        return self._lines("esputnik/messages")

    def segments(self) -> dict[str, list[int]]:
        """Name of a segment -> its contactIds."""
        rows = self._lines("esputnik/segments")
        return {row["name"]: row["contactIds"] for row in rows}

    def unsubscribed(self) -> list[str]:
        """The unsubscribed e-mail addresses, in lower case and in order."""
        addresses: list[str] = self._json("GET", "esputnik/unsubscribed")
        return addresses
