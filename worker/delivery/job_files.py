"""Where the result of a job may be fetched from: the API names the address, and could name any.

A file is fetched from the account's own address or from the vendor's hosts, as safely as the API
itself is called, and from no private network that the account is not in.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from batchline.systems.account import BaseAccount
from batchline.systems.api_text import cleaned_text
from batchline.systems.requests import HttpCall
from batchline.worker.delivery.networks import is_public

PORTS = {"http": 80, "https": 443}
#: Characters of an address; every other one is read in one way here and in another there.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(?:[/?#][!-\[\]-~]*)?")


class Refused(Exception):
    """The file is not fetched; the text says why, and which setting would allow it."""


def allowed(call: HttpCall, account: BaseAccount) -> HttpCall:
    """The call for a job's file, if it may be made; raises `Refused`."""
    try:
        if not _ADDRESS.fullmatch(call.url):
            raise ValueError
        named, own = urlsplit(call.url), urlsplit(account.url)
        origin, own_origin = _origin(named), _origin(own)
    except ValueError:
        raise Refused("the address of the result's file is none") from None
    if own.scheme == "https" and named.scheme != "https":
        raise Refused("the result's file is not at an https address, as the account is")
    if origin == own_origin:
        return call
    hosts = account.job_hosts if account.jobs.hosts is None else account.jobs.hosts
    if not _is_among(origin, named.scheme, hosts):
        shown = _shown(*origin, account.secret_texts())
        raise Refused(f"the result's file is at {shown}, which is not among jobs.hosts")
    return replace(call, public_only=not _is_private(own_origin[0]))


def _origin(address: SplitResult) -> tuple[str, int]:
    host = (address.hostname or "").rstrip(".")
    if not host:
        raise ValueError
    return host, address.port or PORTS[address.scheme]


def _shown(host: str, port: int, secrets: Sequence[str]) -> str:
    """The origin as people read it: an IP address is whole, though it looks like a phone number."""
    try:
        address = ip_address(host)
    except ValueError:
        return cleaned_text(f"{host}:{port}", secrets=secrets)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _is_among(origin: tuple[str, int], scheme: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names it: `host`, `*.domain`, either with `:port` where it is unusual."""
    host, port = origin
    for pattern in patterns:
        name, _, number = pattern.lower().partition(":")
        if port != (int(number) if number else PORTS[scheme]):
            continue
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False


def _is_private(host: str) -> bool:
    """Whether the account's own host has an address that is none of the Internet."""
    with suppress(OSError):
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return not all(is_public(str(address[0])) for *_, address in found)
    return False
