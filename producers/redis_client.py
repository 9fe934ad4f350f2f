"""Connections to Redis as Batchline needs them: nothing repeated silently, no dead socket kept."""

from __future__ import annotations

from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

#: Seconds between PINGs on a connection that was idle, so that a half-open one is noticed.
HEALTH_CHECK_INTERVAL = 15


def _options(timeout: float) -> dict[str, Any]:
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "socket_keepalive": True,
        "health_check_interval": HEALTH_CHECK_INTERVAL,
    }


def connect(url: str, timeout: float) -> redis.Redis:
    """A pooled client; one command waits `timeout` seconds at most and is never sent twice."""
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_options(timeout))


def connect_async(url: str, timeout: float) -> redis.asyncio.Redis:
    """The same for asyncio."""
    return redis.asyncio.Redis.from_url(url, retry=AsyncRetry(NoBackoff(), 0), **_options(timeout))
