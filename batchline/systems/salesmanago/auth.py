"""What every request of API v2 and of SALESmanago Mobile carries: headers and credentials."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import Any, Protocol

from pydantic import SecretStr

#: "Technical details": the two headers that the API documents, as it spells them.
HEADERS = {
    "Accept": "application/json, application/json",
    "Content-Type": "application/json;charset=UTF-8",
    "User-Agent": f"batchline/{version('batchline')}",
}


class Credentials(Protocol):
    """What an account of either API has."""

    @property
    def client_id(self) -> str: ...

    @property
    def api_key(self) -> SecretStr: ...

    @property
    def api_secret(self) -> SecretStr: ...


def sha(account: Credentials) -> str:
    """ "Authentication": sha1(apiKey + clientId + apiSecret), lower-case hex."""
    text = (
        account.api_key.get_secret_value()
        + account.client_id
        + account.api_secret.get_secret_value()
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def credentials(account: Credentials, now: int | None = None) -> dict[str, Any]:
    """The fields that say who asks; with `now` (UNIX ms) also when, as API v2 wants it."""
    return {
        "clientId": account.client_id,
        "apiKey": account.api_key.get_secret_value(),
        **({} if now is None else {"requestTime": now}),
        "sha": sha(account),
    }


def as_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
