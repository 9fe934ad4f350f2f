"""What every request of API v2 and of SALESmanago Mobile carries: headers and credentials."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import Any

from batchline.systems.account import SalesmanagoAccount, SalesmanagoMobileAccount

#: "Technical details": the two headers that the API documents, as it spells them.
HEADERS = {
    "Accept": "application/json, application/json",
    "Content-Type": "application/json;charset=UTF-8",
    "User-Agent": f"batchline/{version('batchline')}",
}


def sha(account: SalesmanagoAccount | SalesmanagoMobileAccount) -> str:
    """ "Authentication": sha1(apiKey + clientId + apiSecret), lower-case hex."""
    text = (
        account.api_key.get_secret_value()
        + account.client_id
        + account.api_secret.get_secret_value()
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def credentials(
    account: SalesmanagoAccount | SalesmanagoMobileAccount, now: int | None = None
) -> dict[str, Any]:
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
