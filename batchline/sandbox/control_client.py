"""The control endpoint from Python, for tests and the demo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from batchline.sandbox.control_connection import Connection
from batchline.sandbox.esputnik.control_client import EsputnikControl
from batchline.sandbox.smartsender.control_client import SmartsenderControl


class Control(Connection):
    """A running sandbox's control endpoint. Raises SandboxError with the sandbox's text."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        super().__init__(url, timeout)
        self.esputnik = EsputnikControl(url, timeout)
        self.smartsender = SmartsenderControl(url, timeout)

    def health(self) -> dict[str, Any]:
        return self._object("GET", "health")

    def fault(self, kind: str, match: dict[str, str] | None = None, **fields: object) -> int:
        """Add a fault (fields: `batchline.sandbox.faults.Fault`); returns its number."""
        body = {"kind": kind, "match": match or {}, **fields}
        return int(self._json("POST", "faults", body)["number"])

    def faults(self) -> dict[str, Any]:
        """`active`: the faults in force; `injected`: kind -> requests hit so far."""
        return self._object("GET", "faults")

    def clear_faults(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        self._json("DELETE", "faults" if number is None else f"faults/{number}")

    def script(self, item_id: str, answers: Sequence[object]) -> None:
        """Set the answers to requests with this item, one after the other; the last one stays."""
        self._json("POST", "scripts", {"id": item_id, "answers": list(answers)})

    def settings(self, **changes: object) -> None:
        """Change settings (`batchline.sandbox.settings.Settings`)."""
        self._json("POST", "settings", changes)

    def reset(self) -> None:
        """Return the sandbox to its state at the start."""
        self._json("POST", "reset")

    def ledger(self, **query: object) -> list[dict[str, Any]]:
        """Rows from `first` on, selected by `operation` (pattern), `client_id`, `key`, `id`."""
        return self._lines("ledger", query)

    def summary(self) -> dict[str, dict[str, int]]:
        """Counts per operation."""
        return self._object("GET", "ledger/summary")

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """The requests after the one with this number."""
        return self._lines("requests", {"after": after})

    def contact(self, email: str, client_id: str | None = None) -> dict[str, Any] | None:
        """A SALESmanago contact's state; None when there is none."""
        query = f"?{urlencode({'client_id': client_id})}" if client_id else ""
        contact: dict[str, Any] | None = self._json("GET", f"contacts/{quote(email)}{query}")
        return contact

    def pushes(self, client_id: str | None = None) -> list[dict[str, Any]]:
        """The bodies of SALESmanago's accepted pushes, in order."""
        return self._lines("pushes", {"client_id": client_id} if client_id else {})

    def memory(self) -> dict[str, Any]:
        """The memory of SALESmanago's first account, without contacts and pushes.

        Fields: `funnels`, `programs`, `emails`, `tasks`, and `kept`, operation -> accepted
        requests.
        """
        return self._object("GET", "memory")

    def assign_coupons(
        self, email: str, codes: Sequence[str] = (), count: int = 0, **fields: object
    ) -> list[str]:
        """Give a SALESmanago contact these coupons, and `count` new ones; returns all their codes.

        Fields: `name`, `valid_to` (UNIX ms), `client_id`.
        """
        body = {"email": email, "codes": list(codes), "count": count, **fields}
        assigned: list[str] = self._json("POST", "coupons", body)["codes"]
        return assigned

    def add_client(self, client_id: str, api_secret: str, owners: Sequence[str]) -> None:
        """Add a SALESmanago account with these credentials and contacts of its own."""
        body = {"client_id": client_id, "api_secret": api_secret, "owners": list(owners)}
        self._json("POST", "clients", body)
