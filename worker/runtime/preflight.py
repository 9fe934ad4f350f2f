"""The checks before a worker starts: accounts, and a Redis that does not throw messages away."""

from __future__ import annotations

import redis
from redis.exceptions import RedisError, ResponseError

from batchline.producers.errors import InvalidSettings, RedisUnavailable
from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings

#: Policies under which Redis drops keys that have no expiry: accepted messages would vanish.
FORBIDDEN_POLICIES = ("allkeys-",)
OLDEST_REDIS = (6, 2)


def check(settings: Settings) -> None:
    """Raise `InvalidSettings` or `RedisUnavailable` when a worker must not start."""
    if not settings.accounts:
        raise InvalidSettings(
            "accounts: none is configured. Add [accounts.default] to batchline.toml "
            "(`batchline config` shows the settings in force)."
        )
    client = connect(settings.lanes_url(), timeout=5.0)
    try:
        _check_server(client)
    except RedisError as error:
        raise RedisUnavailable(f"redis_url: {error}") from error
    finally:
        client.close()


def _check_server(client: redis.Redis) -> None:
    version = str(client.info("server")["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise InvalidSettings(f"redis_url: Redis {version} is too old, 6.2 or newer is needed")
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except ResponseError:
        return  # a managed Redis, which does not show its configuration
    if str(policy).startswith(FORBIDDEN_POLICIES):
        raise InvalidSettings(
            f"redis_url: maxmemory-policy is {policy}, under which messages that were accepted "
            "vanish when memory runs out. Set it to noeviction."
        )
