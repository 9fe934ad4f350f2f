"""HTTP as the engine needs it: pooled, bounded in time and size, and honest about failures."""

from __future__ import annotations

import re
import ssl
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, default_headers, get_environ_proxies
from urllib3.util.ssl_ import create_urllib3_context

from batchline.producers import certificates
from batchline.systems.account import NO_PROXY, Timeout
from batchline.systems.requests import HttpAnswer, HttpCall
from batchline.worker.delivery.connections import ONLY_INTERIM, POOLS, Exchange, this_thread
from batchline.worker.delivery.keep_alive import FreshConnections
from batchline.worker.store import clock

#: Bytes of an answer that are read at most.
LARGEST_ANSWER = 10_000_000
_CHUNK = 65_536

#: Errors that the libraries raise; the last one for an answer that they have not foreseen.
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
#: Detail of a request that a cold shutdown ended.
BROKEN_OFF = "broken off: the worker was told to shut down at once"


class NoAnswer(Exception):
    """The request got no whole answer. Its text names the failure, never the request."""

    def __init__(
        self,
        detail: str,
        sent: bool = True,
        unreachable: bool = False,
        begun: HttpAnswer | None = None,
    ) -> None:
        """`sent`: whether the request may have reached the API.

        `unreachable`: whether there was no connection to send it by. `begun`: the answer without a
        body, where its body alone could not be read.
        """
        super().__init__(detail)
        self.sent = sent
        self.unreachable = unreachable
        self.begun = begun

    @property
    def status(self) -> str:
        """What stands in place of an HTTP status: "timeout" or "broken"."""
        return "timeout" if "within timeout" in str(self) else "broken"


class Http:
    """The connections of one account in one process; safe to use from several threads."""

    def __init__(
        self,
        timeout: Timeout,
        connections: int,
        proxy: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """`proxy`, `ca_file`: as in the account's settings; None: as the environment says."""
        self._timeout = timeout
        self._proxy = proxy
        # No session: one would look up proxies and .netrc for each request, and nothing here has
        # cookies or follows redirects. The environment is looked at once.
        self._adapter = _Adapter(tls_context(ca_file), connections)
        self._headers = default_headers()
        self._proxies: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._under_way: set[Exchange] = set()
        self._broken_off = False

    def send(self, call: HttpCall) -> HttpAnswer:
        """Send one request; raises `NoAnswer` when no whole answer came in time."""
        exchange, begun = self._begin(call.public_only), None
        try:
            with self._adapter.send(
                self._prepared(call),
                timeout=(self._timeout.connect, self._timeout.read),
                stream=True,
                proxies=self._proxies_for(call.url),
            ) as response:
                begun = HttpAnswer(response.status_code, dict(response.headers), b"")
                return replace(begun, body=_read(response))
        except TooLarge as error:
            error.begun = begun
            raise
        except FAILURES as error:
            unreachable = not exchange.sent and not exchange.broken_off
            raise NoAnswer(_detail(error, exchange), exchange.sent, unreachable, begun) from None
        finally:
            self._end(exchange)

    def break_off(self) -> None:
        """End the requests under way, as if their connections had broken; begin no others."""
        with self._lock:
            self._broken_off = True
            under_way = list(self._under_way)
        for exchange in under_way:
            exchange.break_off()

    def close(self) -> None:
        self._adapter.close()

    def close_idle(self) -> None:
        """Close the connections that were idle for too long to be used again."""
        self._adapter.close_idle()

    def _prepared(self, call: HttpCall) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        headers = {**self._headers, **call.headers}
        request.prepare(call.method, call.url, headers=headers, data=call.body)
        return request

    def _proxies_for(self, url: str) -> dict[str, str]:
        """The account's proxy; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY for this host."""
        host = urlsplit(url).netloc
        if host not in self._proxies:
            self._proxies[host] = proxies_of(self._proxy, url)
        return self._proxies[host]

    def _begin(self, public_only: bool) -> Exchange:
        deadline = clock.seconds() + self._timeout.connect + self._timeout.read
        exchange = Exchange(deadline, public_only, self._timeout.idle)
        with self._lock:
            if self._broken_off:
                raise NoAnswer(BROKEN_OFF, sent=False)
            self._under_way.add(exchange)
        this_thread.exchange = exchange
        return exchange

    def _end(self, exchange: Exchange) -> None:
        this_thread.exchange = None
        with self._lock:
            self._under_way.discard(exchange)


def proxies_of(named: str | None, url: str) -> dict[str, str]:
    """Scheme -> the proxy on the way to this address: the one named, else the environment's."""
    if named is None:
        return get_environ_proxies(url)
    return {} if named == NO_PROXY else dict.fromkeys(POOLS, named)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """The context of every connection. A file of CAs that cannot be read leaves it without any."""
    context = create_urllib3_context()
    with suppress(OSError):  # preflight tells it
        certificates.load(context, certificates.authorities(ca_file) or [DEFAULT_CA_BUNDLE_PATH])
    return context


class _Adapter(HTTPAdapter):
    """requests' adapter over connections that keep to their deadlines, and of this context."""

    def __init__(self, tls: ssl.SSLContext, connections: int) -> None:
        self._tls = tls
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        contexts = {"ssl_context": self._tls, "proxy_ssl_context": self._tls}
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **contexts, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the context as it is: requests would add CAs of its own."""
        conn.cert_reqs = "CERT_REQUIRED"

    def close_idle(self) -> None:
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            known = manager.pools.keys()  # it cannot be iterated itself
            for key in known:
                pool: FreshConnections | None = manager.pools.get(key)
                if pool is not None:
                    pool.close_idle()


class TooLarge(NoAnswer):
    """The answer is larger than `LARGEST_ANSWER`; asking for less may help."""


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise TooLarge(f"the answer is larger than {LARGEST_ANSWER:,} bytes")
    return bytes(body)


def _detail(error: Exception, exchange: Exchange) -> str:
    """A text for the failure: the library's own may hold the address with its query."""
    if exchange.broken_off:
        return BROKEN_OFF
    if exchange.private:
        return "the host has an address in a private network: nothing was sent there"
    if exchange.sent and exchange.is_late():
        return "no answer within timeout.read"
    if exchange.sent and isinstance(error, requests.exceptions.SSLError):
        return "the TLS connection broke"
    reason = certificates.untrusted(error)
    if reason is not None:
        return (
            f"the certificate is not trusted ({reason}): ca_file of the account, or SSL_CERT_FILE, "
            "names the file with its CA"
        )
    refused = _TUNNEL.search(str(error))
    if refused is not None:
        return f"the proxy refused (HTTP {refused[1]}): proxy of the account, or HTTPS_PROXY"
    table: tuple[tuple[type[Exception], str], ...] = (
        (requests.ConnectTimeout, "no connection within timeout.connect"),
        (requests.ReadTimeout, "no answer within timeout.read"),
        (requests.exceptions.SSLError, "the TLS handshake failed"),
        (
            requests.exceptions.ProxyError,
            "the proxy cannot be reached: proxy of the account, or HTTPS_PROXY",
        ),
        (requests.exceptions.ChunkedEncodingError, "the connection broke inside the answer"),
        (requests.exceptions.ContentDecodingError, "the answer could not be decompressed"),
    )
    for kind, detail in table:
        if isinstance(error, kind):
            return detail
    if ONLY_INTERIM in str(error):
        return ONLY_INTERIM
    text = str(error).lower()
    if "refused" in text:
        return "connection refused"
    if "reset" in text or "aborted" in text:
        return "the connection was reset"
    if "resolve" in text or "name or service" in text:
        return "the host's name is not known"
    return f"the connection failed ({type(error).__name__})"
