"""The control endpoint from Python: what tests and the demo ask of a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class SandboxError(Exception):
    """The sandbox refused a control request, or does not run."""


class Control:
    """A running sandbox's control endpoint. Raises `SandboxError` with the sandbox's words."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        """`url` is the sandbox's own, such as `http://127.0.0.1:8025`; `timeout` in seconds."""
        self._url = url
        self._timeout = timeout

    def health(self) -> dict[str, Any]:
        return self._object("GET", "health")

    def fault(self, kind: str, match: dict[str, str] | None = None, **fields: object) -> int:
        """Put a fault in force (fields: `sandbox.faults.Fault`); its number."""
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
        """Change settings (`sandbox.settings.Settings`)."""
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

    def _object(self, method: str, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._json(method, path)
        return answer

    def _json(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._read(method, path, body))

    def _lines(self, path: str, query: dict[str, object]) -> list[dict[str, Any]]:
        text = self._read("GET", f"{path}?{urlencode(query)}").decode()
        return [json.loads(line) for line in text.splitlines()]

    def _read(self, method: str, path: str, body: object = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        url = f"{self._url}/_sandbox/{path}"
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            with error:
                raise SandboxError(f"{method} {path}: {error.read().decode()}") from None
        except OSError as error:
            raise SandboxError(f"{self._url} does not answer: {error}") from error
