"""Calls of a test's own to the sandbox's APIs, past Batchline."""

from __future__ import annotations

from typing import Any

import requests

from batchline.sandbox.esputnik.auth import KEY
from batchline.sandbox.runner import Sandbox
from batchline.sandbox.salesmanago.auth import sha
from batchline.sandbox.smartsender.methods import TOKEN
from tests.waiting import PATIENCE

NOW = 1_795_248_000_000


def at_salesmanago(sandbox: Sandbox, method: str, **fields: Any) -> dict[str, Any]:
    """The answer of a method of API v2, which must be a success; a field of None is left out."""
    client = sandbox.client
    signed = {"clientId": client.client_id, "apiKey": "k", "requestTime": NOW}
    signed["sha"] = sha("k", client.client_id, client.api_secret)
    body = {**signed, "owner": min(client.owners), **fields}
    sent = {name: value for name, value in body.items() if value is not None}
    answer: dict[str, Any] = requests.post(
        f"{sandbox.url}/api/{method}", json=sent, timeout=PATIENCE
    ).json()
    assert answer["success"], answer
    return answer


def create(sandbox: Sandbox, email: str) -> None:
    """A contact of SALESmanago that is there at once."""
    at_salesmanago(sandbox, "contact/upsert", contact={"email": email}, **{"async": False})


def at_esputnik(sandbox: Sandbox, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a POST to eSputnik."""
    answer = requests.post(
        f"{sandbox.url}/api/{path}", json=body, auth=("any", KEY), timeout=PATIENCE
    )
    answer.raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown


def at_smartsender(sandbox: Sandbox, path: str) -> None:
    """A POST to Smart Sender."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    requests.post(f"{sandbox.url}/v1/{path}", headers=headers, timeout=PATIENCE).raise_for_status()
