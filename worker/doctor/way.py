"""The way to an account's API: the name of its host, and what it shows of itself by TLS."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from requests.utils import select_proxy

from batchline.producers import certificates
from batchline.systems.account import BaseAccount
from batchline.worker.delivery.http import proxies_of, tls_context
from batchline.worker.doctor.accounts import FIXES, OTHERWISE, Part
from batchline.worker.doctor.finding import Finding, doubtful, skipped, well, wrong

#: Days before the end of a certificate from which on it is told.
SOON = 14
#: Addresses of a host that are shown.
MOST = 3
PORTS = {"https": 443, "http": 80}


def look(account: BaseAccount) -> Iterator[tuple[Part, Finding]]:
    """Look the host up, and shake hands with it; nothing is asked. No text holds a secret."""
    url = urlsplit(account.url)
    if select_proxy(account.url, proxies_of(account.proxy, account.url)):
        yield "DNS", skipped("a proxy looks the name up")
        yield "TLS", skipped("not looked at: a proxy is on the way")
        return
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    found = resolve(host, port)
    yield "DNS", found
    if found.mark == "well":
        yield "TLS", shake_hands(account, host, port) if url.scheme == "https" else plain(host)


def resolve(host: str, port: int) -> Finding:
    """The addresses of a host, and how long the answer took."""
    began = time.monotonic()
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return wrong(f"the name {host} is not known", FIXES["name is not known"])
    took = (time.monotonic() - began) * 1000
    addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
    more = f" and {len(addresses) - MOST} more" if len(addresses) > MOST else ""
    return well(f"{host} is {', '.join(addresses[:MOST])}{more}; {took:,.0f} ms")


def plain(host: str) -> Finding:
    """Of an API without TLS."""
    if is_here(host):
        return skipped("none: the host is this machine")
    return doubtful("none: the credentials go there unencrypted", "let url begin with https://")


def is_here(host: str) -> bool:
    """Whether the host is this machine, by its name alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def shake_hands(account: BaseAccount, host: str, port: int) -> Finding:
    """What the host shows of itself, as the account's requests would see it."""
    context = tls_context(account.ca_file)
    try:
        with (
            socket.create_connection((host, port), account.timeout.connect) as raw,
            context.wrap_socket(raw, server_hostname=host) as connection,
        ):
            version, certificate = connection.version(), connection.getpeercert() or {}
    except TimeoutError:
        return wrong("no connection within timeout.connect", OTHERWISE)
    except OSError as error:
        reason = certificates.untrusted(error)
        if reason is not None:
            return wrong(f"the certificate is not trusted ({reason})", FIXES["certificate"])
        if isinstance(error, ssl.SSLError):
            return wrong("the TLS handshake failed", FIXES["TLS"])
        return wrong(f"no connection: {error.strerror or 'it broke'}", OTHERWISE)
    return lasts(f"{version}, certificate", str(certificate.get("notAfter", "")), time.time())


def lasts(what: str, until: str, now: float) -> Finding:
    """For how long a certificate is good; `until` as `getpeercert` tells it, `now` UNIX seconds."""
    try:
        ends = ssl.cert_time_to_seconds(until)
    except ValueError:
        return well(f"{what} trusted")
    days = int((ends - now) // 86_400)
    text = f"{what} good until {datetime.fromtimestamp(ends, UTC):%Y-%m-%d}, {days:,} days"
    if days < SOON:
        return doubtful(text, "ask the vendor, or whoever runs the proxy, to renew it")
    return well(text)
