"""A connection to the control endpoint over HTTP, the base of its clients."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class SandboxError(Exception):
    """The sandbox refused a control request, or does not run."""


class Connection:
    """A running sandbox's control endpoint. Raises SandboxError with the sandbox's text."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        """`url`: the sandbox's address, such as `http://127.0.0.1:8025`; `timeout` in seconds."""
        self._url = url
        self._timeout = timeout

    def _object(self, method: str, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._json(method, path)
        return answer

    def _json(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._read(method, path, body))

    def _lines(self, path: str, query: dict[str, object] | None = None) -> list[dict[str, Any]]:
        text = self._read("GET", f"{path}?{urlencode(query or {})}").decode()
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
