"""The checks before a worker starts: accounts, and a Redis that does not throw messages away."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import redis
from celery import bootsteps
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from batchline.producers import certificates
from batchline.producers.errors import InvalidSettings, RedisUnavailable
from batchline.producers.redis_client import connect, described, version_of
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.runtime import celery_variables

log = logging.getLogger(__name__)

#: Policies under which Redis drops keys that have no expiry: accepted messages would vanish.
FORBIDDEN_POLICIES = ("allkeys-",)
#: Under these it drops keys that have an expiry: idempotency keys, the callers' last numbers.
DOUBTFUL_POLICIES = ("volatile-",)
OLDEST_REDIS = (6, 2)
#: The exit codes for a Redis that is away and for settings of no use, those of sysexits.h.
EX_UNAVAILABLE, EX_CONFIG = 69, 78
#: Seconds that each server is waited for.
TIMEOUT = 5.0


class Preflight(bootsteps.Step):
    """Checks before anything of the worker starts, whichever command starts it."""

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        try:
            check(Settings.load())
        except BatchlineError as error:
            kind = _RedisAway if isinstance(error, RedisUnavailable) else _Refused
            raise kind(str(error)) from error


class _Refused(click.ClickException):
    """Celery's commands are click's, as ours are: both print the text alone."""

    exit_code = EX_CONFIG


class _RedisAway(_Refused):
    exit_code = EX_UNAVAILABLE


def check(settings: Settings) -> None:
    """Raise `InvalidSettings` or `RedisUnavailable` when a worker must not start."""
    if not settings.accounts:
        raise InvalidSettings(
            "accounts: none is configured. Add [accounts.default] to batchline.toml "
            f"(`batchline config` shows the settings in force). {settings.whence()}".rstrip()
        )
    settings.require_secrets()
    for line in celery_variables.warnings(settings):
        log.warning(line)
    check_authorities(settings)
    with connect(settings.lanes_url(), TIMEOUT, ca_file=settings.redis_ca_file) as client:
        try:
            _check_server(client)
        except RedisError as error:
            raise RedisUnavailable(named("redis_url", error)) from error
    with connect(settings.celery_url(), TIMEOUT, ca_file=settings.redis_ca_file) as broker:
        check_broker(broker)


def named(setting: str, error: RedisError) -> str:
    """The error's text, beginning with the setting that has the address."""
    text = described(error, setting)
    return text if text.startswith(setting) else f"{setting}: {text}"


def check_authorities(settings: Settings) -> None:
    """Refuse a file of CAs that cannot be read: every connection would fail later.

    Each is read once, however many accounts believe it: reading the usual bundle takes 15 ms.
    """
    accounts = settings.accounts.items()
    named = {f"accounts.{name}.ca_file": account.ca_file for name, account in accounts}
    readers: dict[Path | None, str] = {settings.redis_ca_file: "redis_ca_file"}
    for key, path in named.items():
        readers.setdefault(path, key)
    for path, key in readers.items():
        try:
            authorities = certificates.authorities(path)
            certificates.load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), authorities)
        except OSError as error:
            key = key if path else " / ".join(certificates.VARIABLES)
            raise InvalidSettings(f"{key}: {error}") from None


def check_broker(broker: redis.Redis) -> None:
    """Refuse a broker that will never do; one that is away is waited for."""
    try:
        broker.ping()
    except ResponseError as error:
        if not any(word in str(error).upper() for word in ("DB INDEX", "SELECT")):
            return  # such as a full disk: it passes
        database = broker.connection_pool.connection_kwargs.get("db", 0)
        raise InvalidSettings(
            f"broker_url: this Redis has no database {database} ({error}). Set broker_url to "
            "another server, or to the very address of redis_url: the keys of the two do not meet"
        ) from None
    except AuthenticationError as error:
        raise InvalidSettings(named("broker_url", error)) from None
    except RedisError as error:
        if certificates.untrusted(error) is not None:
            raise InvalidSettings(named("broker_url", error)) from None


def _check_server(client: redis.Redis) -> None:
    for found in doubts_of_server(client):
        if found.is_fatal:
            raise InvalidSettings(f"redis_url: {found.text}. {found.fix}.")
        log.warning("redis_url: %s. %s.", found.text, found.fix)


class Doubt(NamedTuple):
    """What is wrong with the Redis that holds the lanes, and what mends it."""

    #: Whether a worker must not start.
    is_fatal: bool
    text: str
    fix: str


def doubts_of_server(client: redis.Redis) -> Iterator[Doubt]:
    """What is wrong with this server for lanes, and may cost messages; raises RedisError."""
    version = version_of(client)
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        yield Doubt(True, f"Redis {version} is too old, 6.2 or newer is needed", "Upgrade it")
    policy, persistent = _configuration(client)
    if policy.startswith(FORBIDDEN_POLICIES):
        yield Doubt(
            True,
            f"maxmemory-policy is {policy}, under which messages that were accepted vanish when "
            "memory runs out",
            "CONFIG SET maxmemory-policy noeviction; and in its own file, for the next start",
        )
    if policy.startswith(DOUBTFUL_POLICIES):
        yield Doubt(
            False,
            f"maxmemory-policy is {policy}, under which idempotency keys vanish when memory runs "
            "out, and what makes repeating a call safe",
            "CONFIG SET maxmemory-policy noeviction; and in its own file, for the next start",
        )
    if persistent is False:
        yield Doubt(
            False,
            "appendonly is no: when this Redis restarts, messages that were accepted since its "
            "last snapshot are lost, or all of them",
            "CONFIG SET appendonly yes; and in its own file, for the next start",
        )
    if not policy:
        yield Doubt(
            False,
            "this Redis shows neither INFO nor CONFIG to its user",
            "See to it yourself that maxmemory-policy is noeviction and appendonly is yes",
        )


def _configuration(client: redis.Redis) -> tuple[str, bool | None]:
    """The policy at a full memory, and whether writes are appended to a file.

    INFO and CONFIG tell it, of which a managed Redis may have one, and a user without `@dangerous`
    none: then "" and None.
    """
    untyped: Any = client
    try:
        memory, persistence = untyped.info("memory"), untyped.info("persistence")
        return str(memory["maxmemory_policy"]), bool(persistence["aof_enabled"])
    except (ResponseError, KeyError):
        pass
    try:
        policy = untyped.config_get("maxmemory-policy").get("maxmemory-policy", "")
        return str(policy), untyped.config_get("appendonly").get("appendonly") != "no"
    except ResponseError:
        return "", None
