"""Headers and credentials of every request of API v2 and of SALESmanago Mobile."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from pydantic import SecretStr

from batchline.systems.requests import USER_AGENT

#: The two headers of "Technical details", as the documents spell them, and the agent.
HEADERS = {
    "Accept": "application/json, application/json",
    "Content-Type": "application/json;charset=UTF-8",
    "User-Agent": USER_AGENT,
}


class Credentials(Protocol):
    """The credentials of an account of either API."""

    @property
    def client_id(self) -> str: ...

    @property
    def api_key(self) -> SecretStr: ...

    @property
    def api_secret(self) -> SecretStr: ...


def sha(account: Credentials) -> str:
    """`sha` of "Authentication": sha1(apiKey + clientId + apiSecret), lower-case hex."""
    text = (
        account.api_key.get_secret_value()
        + account.client_id
        + account.api_secret.get_secret_value()
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def credentials(account: Credentials, now: int | None = None) -> dict[str, Any]:
    """The authorization data; with `now` (UNIX ms) as `requestTime`, which API v2 requires."""
    return {
        "clientId": account.client_id,
        "apiKey": account.api_key.get_secret_value(),
        **({} if now is None else {"requestTime": now}),
        "sha": sha(account),
    }
