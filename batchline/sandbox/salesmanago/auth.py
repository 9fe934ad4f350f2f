"""Checks of the authorization data in every request body, and of the owner."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

#: The vendor's own texts for refused credentials and owners.
NOT_AUTHENTICATED = "User not authenticated"
NO_OWNER = "Not authenticated, not owner specified"
INVALID_OWNER = "Not authenticated, invalid owner"


@dataclass(frozen=True, slots=True)
class Client:
    """Credentials that the sandbox accepts."""

    client_id: str = "sandbox-client"
    api_secret: str = "sandbox-secret"  # noqa: S105
    #: Users of the client: `owner` must be one of them.
    owners: frozenset[str] = frozenset({"admin@vendor.pl"})


def sha(api_key: str, client_id: str, api_secret: str) -> str:
    """`sha` of "Authentication": sha1(apiKey + clientId + apiSecret) in lower-case hex.

    `requestTime` is not part of it; `apiKey` is any text of the caller's choice.
    """
    text = f"{api_key}{client_id}{api_secret}".encode(errors="replace")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def is_authentic(body: Mapping[str, object], client: Client) -> bool:
    """Whether clientId, apiKey and sha of a request body are the client's."""
    client_id, api_key = body.get("clientId"), body.get("apiKey")
    return (
        client_id == client.client_id
        and isinstance(api_key, str)
        and api_key != ""
        and body.get("sha") == sha(api_key, client.client_id, client.api_secret)
    )


def owner_problem(
    body: Mapping[str, object], client: Client, required: bool, name: str = "owner"
) -> str | None:
    """The vendor's text about a wrong `owner`, or None.

    `name` is the method's name of the field, which some methods call `user` or `emailOwner`.
    """
    owner = body.get(name)
    if owner is None:
        return NO_OWNER if required else None
    return None if isinstance(owner, str) and owner in client.owners else INVALID_OWNER
