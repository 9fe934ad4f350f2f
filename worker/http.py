"""HTTP as the engine needs it: pooled, bounded in time and size, and honest about failures."""

from __future__ import annotations

import time
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from producers.settings import Timeout
from worker.systems.base import HttpAnswer, HttpCall

#: Bytes of an answer that are read at most.
LARGEST_ANSWER = 10_000_000
_CHUNK = 65_536

NO_CONNECTION = "no connection within timeout.connect"
REFUSED = "connection refused"
UNKNOWN_HOST = "the host's name is not known"
NO_TLS = "the TLS handshake failed"
#: Failures after which the API cannot have seen the request.
NEVER_SENT = frozenset({NO_CONNECTION, REFUSED, UNKNOWN_HOST, NO_TLS})


class NoAnswer(Exception):
    """The request got no whole answer. Its text names the failure, never the request."""

    def __init__(self, words: str, sent: bool = True) -> None:
        """`sent`: whether the request may have reached the API."""
        super().__init__(words)
        self.sent = sent


class Http:
    """The connections of one account in one process; safe to use from several threads."""

    def __init__(self, timeout: Timeout, connections: int) -> None:
        self._timeout = timeout
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_maxsize=connections, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def send(self, call: HttpCall) -> HttpAnswer:
        """Send one request; `NoAnswer` when no whole answer came in time."""
        deadline = time.monotonic() + self._timeout.connect + self._timeout.read
        try:
            with self._session.request(
                call.method,
                call.url,
                data=call.body,
                headers=dict(call.headers),
                timeout=(self._timeout.connect, self._timeout.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, deadline)
                return HttpAnswer(response.status_code, dict(response.headers), body)
        except requests.RequestException as error:
            words = _words(error)
            raise NoAnswer(words, sent=words not in NEVER_SENT) from None

    def close(self) -> None:
        self._session.close()


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer(f"the answer is larger than {LARGEST_ANSWER:,} bytes")
        if time.monotonic() > deadline:
            raise NoAnswer("the answer took longer than timeout.read")
    return bytes(body)


def _words(error: requests.RequestException) -> str:
    """The failure in words of ours: the library's own may hold the address with its query."""
    table: tuple[tuple[type[Exception], str], ...] = (
        (requests.ConnectTimeout, NO_CONNECTION),
        (requests.ReadTimeout, "no answer within timeout.read"),
        (requests.exceptions.SSLError, NO_TLS),
        (requests.exceptions.ProxyError, "the proxy failed"),
        (requests.exceptions.ChunkedEncodingError, "the connection broke inside the answer"),
        (requests.exceptions.ContentDecodingError, "the answer could not be decompressed"),
    )
    for kind, words in table:
        if isinstance(error, kind):
            return words
    text = str(error).lower()
    if "refused" in text:
        return REFUSED
    if "reset" in text or "aborted" in text:
        return "the connection was reset"
    if "resolve" in text or "name or service" in text:
        return UNKNOWN_HOST
    return f"the connection failed ({type(error).__name__})"
