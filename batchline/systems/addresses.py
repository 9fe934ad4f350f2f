"""Addresses as people may see them: without user names, passwords and signatures."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

MASK = "***"
#: What stands before the last @ of an address: a password may hold any other character.
_CREDENTIALS = re.compile(r"(?<=://)[^?#\s]*@")
_PARAMETER = re.compile(r"([?&;])([^=&;#\s]*)=([^&;#\s]*)")
#: Parameters of an address that are no secrets; the value of every other one is masked.
_HARMLESS = re.compile(r"db|protocol|timeout|(ssl|socket)_(?!password)\w+|\w+_interval", re.ASCII)


def without_secrets(address: str) -> str:
    """The address with its credentials, and the values of its parameters, masked."""
    return _PARAMETER.sub(_masked_parameter, without_credentials(address))


def without_credentials(address: str) -> str:
    """The address with the user name and the password in front of its host masked."""
    return _CREDENTIALS.sub(f"{MASK}@", address)


def host_of(address: str) -> str:
    """The host, with its port where the address names one, and without credentials."""
    return urlsplit(address).netloc.rpartition("@")[2]


def shown(value: Any) -> Any:
    """The value, an address without its secrets; whatever is no address stays as it is."""
    return without_secrets(value) if isinstance(value, str) and "://" in value else value


def _masked_parameter(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={value if _HARMLESS.fullmatch(name) else MASK}"
