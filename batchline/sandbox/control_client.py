"""The control endpoint from Python: what tests and the demo ask of a running sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from batchline.sandbox.control_connection import Connection
from batchline.sandbox.esputnik.control_client import EsputnikControl
from batchline.sandbox.smartsender.control_client import SmartsenderControl


class Control(Connection):
    """A running sandbox's control endpoint. Raises `SandboxError` with the sandbox's words."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        super().__init__(url, timeout)
        self.esputnik = EsputnikControl(url, timeout)
        self.smartsender = SmartsenderControl(url, timeout)

    def health(self) -> dict[str, Any]:
        return self._object("GET", "health")

    def fault(self, kind: str, match: dict[str, str] | None = None, **fields: object) -> int:
        """Put a fault in force (fields: `batchline.sandbox.faults.Fault`); its number."""
        body = {"kind": kind, "match": match or {}, **fields}
        return int(self._json("POST", "faults", body)["number"])

    def faults(self) -> dict[str, Any]:
        """`active`: those in force; `injected`: requests hit so far, by kind."""
        return self._object("GET", "faults")

    def clear_faults(self, number: int | None = None) -> None:
        """Take back one fault, or all."""
        self._json("DELETE", "faults" if number is None else f"faults/{number}")

    def script(self, item_id: str, answers: Sequence[object]) -> None:
        """What each request with that item is answered, in turn; the last answer goes on."""
        self._json("POST", "scripts", {"id": item_id, "answers": list(answers)})

    def settings(self, **changes: object) -> None:
        """Change settings (`batchline.sandbox.settings.Settings`)."""
        self._json("POST", "settings", changes)

    def reset(self) -> None:
        """Everything as it was at the start."""
        self._json("POST", "reset")

    def ledger(self, **query: object) -> list[dict[str, Any]]:
        """Rows by `operation` (pattern), `client_id`, `key`, `id`, from row `first` on."""
        return self._lines("ledger", query)

    def summary(self) -> dict[str, dict[str, int]]:
        """Counts per operation."""
        return self._object("GET", "ledger/summary")

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """The requests behind that number."""
        return self._lines("requests", {"after": after})

    def contact(self, email: str, client_id: str | None = None) -> dict[str, Any] | None:
        """A SALESmanago contact's state; None when there is none."""
        query = f"?{urlencode({'client_id': client_id})}" if client_id else ""
        found: dict[str, Any] | None = self._json("GET", f"contacts/{quote(email)}{query}")
        return found

    def pushes(self, client_id: str | None = None) -> list[dict[str, Any]]:
        """The bodies of SALESmanago's accepted pushes, in order."""
        return self._lines("pushes", {"client_id": client_id} if client_id else {})

    def memory(self) -> dict[str, Any]:
        """What SALESmanago's first account has beside contacts and pushes: `funnels`, `programs`,
        `emails`, `tasks`, and under `kept` accepted requests by operation."""
        return self._object("GET", "memory")

    def assign_coupons(
        self, email: str, codes: Sequence[str] = (), count: int = 0, **fields: object
    ) -> list[str]:
        """Give a SALESmanago contact these coupons, or so many new ones; all their codes.

        Fields: `name`, `valid_to` (UNIX ms), `client_id`.
        """
        body = {"email": email, "codes": list(codes), "count": count, **fields}
        assigned: list[str] = self._json("POST", "coupons", body)["codes"]
        return assigned

    def add_client(self, client_id: str, api_secret: str, owners: Sequence[str]) -> None:
        """Credentials of one more SALESmanago account, with contacts of its own."""
        body = {"client_id": client_id, "api_secret": api_secret, "owners": list(owners)}
        self._json("POST", "clients", body)
