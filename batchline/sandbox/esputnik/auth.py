"""HTTP Basic: "any value for the Username field and the value of your API key in the Password"."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

#: The API key that the sandbox accepts.
KEY = "sandbox-key"


def credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """User name and password of the request; "" for both if it has none that can be read."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
