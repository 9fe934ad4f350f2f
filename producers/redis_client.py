"""Clients of Redis that never repeat a command silently and never keep a dead socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from batchline.producers import certificates
from batchline.producers.redis_address import for_connecting

#: Seconds between PINGs on a connection that was idle, so that a half-open one is noticed.
HEALTH_CHECK_INTERVAL = 15


def _options(url: str, timeout: float, ca_file: Path | None) -> dict[str, Any]:
    return {
        **tls_options(url, ca_file),
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "health_check_interval": HEALTH_CHECK_INTERVAL,
    }


def tls_options(url: str, ca_file: Path | None) -> dict[str, Any]:
    """The options for a rediss:// address: it verifies; what the address says itself goes before.

    `ca_file`: the CAs to believe; None: those of the environment, else the usual ones.
    """
    if not url.startswith("rediss://") or _names_authorities(url):
        return {}
    return certificates.redis_options(certificates.authorities(ca_file))


def _names_authorities(url: str) -> bool:
    return any(f"{name}=" in url for name in ("ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"))


def connect(
    url: str, timeout: float, read_size: int = 1 << 16, ca_file: Path | None = None
) -> redis.Redis:
    """A pooled client; one command waits `timeout` seconds at most and is never sent twice.

    `read_size`: the bytes read from a connection at once. `ca_file`: as `tls_options`.
    """
    options = {"socket_read_size": read_size, **_options(url, timeout, ca_file)}
    return redis.Redis.from_url(for_connecting(url), retry=Retry(NoBackoff(), 0), **options)


def connect_async(url: str, timeout: float, ca_file: Path | None = None) -> redis.asyncio.Redis:
    """A pooled client for asyncio; one command waits `timeout` seconds at most, sent once."""
    options = _options(url, timeout, ca_file)
    retry = AsyncRetry(NoBackoff(), 0)
    return redis.asyncio.Redis.from_url(for_connecting(url), retry=retry, **options)


def longest_block(client: redis.Redis | redis.asyncio.Redis) -> float:
    """Seconds for which a blocking command may wait for data, well within the client's timeout.

    An address may have a `socket_timeout` of its own.
    """
    return float(client.get_connection_kwargs()["socket_timeout"]) / 2


def version_of(client: redis.Redis) -> str:
    """The server's version. HELLO tells it to every user, INFO not to all."""
    untyped: Any = client
    try:
        reply: Any = untyped.execute_command("HELLO")
    except ResponseError:
        return str(untyped.info("server")["redis_version"])
    pairs = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
    told = {_text(name): value for name, value in pairs.items()}
    return _text(told["version"])


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def described(error: BaseException, setting: str = "redis_url") -> str:
    """Redis' or redis-py's text, without a full stop; what a setting mends is told with its name.

    That is a certificate that is not trusted, and a password that is missing or wrong. `setting`
    has the server's address.
    """
    text = str(error).removesuffix(".")
    reason = certificates.untrusted(error)
    if reason is not None:
        return (
            f"the certificate of Redis is not trusted ({reason}). redis_ca_file, ssl_ca_certs= in "
            f"the address or SSL_CERT_FILE names the file with its CA. {text}"
        )
    if _is_about_password(error):
        return f"{setting} has no (or the wrong) password: redis://:PASSWORD@host (Redis: {text})"
    return text


def _is_about_password(error: BaseException) -> bool:
    """Whether Redis refused for want of the right password; older ones answer a plain error."""
    codes = ("NOAUTH", "WRONGPASS", "Authentication required", "HELLO must be", "invalid password")
    return isinstance(error, AuthenticationError) or (
        isinstance(error, RedisError) and any(code in str(error) for code in codes)
    )


def checked(replies: list[Any]) -> list[Any]:
    """The replies of a pipeline's `execute(raise_on_error=False)`.

    Raises the first RedisError among them, with Redis' own text.
    """
    for reply in replies:
        if isinstance(reply, RedisError):
            raise reply
    return replies


#: What redis-py raises while it connects to a server that speaks Redis' protocol, and is none.
NO_REDIS = (AttributeError, TypeError, ValueError, LookupError)


def no_redis(error: BaseException) -> RedisConnectionError:
    """The error of a server that is no Redis, in place of redis-py's own fault."""
    return RedisConnectionError(
        f"connecting to the server came to nothing: it answers as no Redis does "
        f"({type(error).__name__})"
    )


def is_full(error: RedisError) -> bool:
    """Whether Redis refused for want of memory (`maxmemory`)."""
    return isinstance(error, OutOfMemoryError) or _in_script(error, "-OOM")


def is_read_only(error: RedisError) -> bool:
    """Whether a replica refused, because it is read-only."""
    return isinstance(error, ReadOnlyError) or _in_script(error, "-READONLY")


def _in_script(error: RedisError, code: str) -> bool:
    """Redis 6.2 wraps the error of a command in a script into one about the script."""
    return isinstance(error, ResponseError) and code in str(error)
