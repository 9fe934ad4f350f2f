"""Redis, the broker, and the scripts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.exceptions import RedisError, ResponseError

from batchline.producers.enqueue import SCRIPT
from batchline.producers.errors import InvalidSettings, NoRedis
from batchline.producers.redis_client import NO_REDIS, connect, no_redis, version_of
from batchline.worker.doctor.finding import Finding, Setup, doubtful, skipped, well, wrong
from batchline.worker.runtime import preflight
from batchline.worker.store import scripts
from batchline.worker.store.store import Store

#: Seconds that each server is waited for.
TIMEOUT = 5.0
PINGS = 20
#: Milliseconds of the median PING from which on enqueueing and delivering are slow.
SLOW = 5.0
#: Seconds by which two clocks may differ.
SKEW = 5.0
#: Shares of `maxmemory` from which on memory is short, and all but used up.
SHORT, FULL = 0.7, 0.95


def look_at_redis(setup: Setup) -> Iterator[Finding]:
    """Whether Redis answers, keeps what it is given, and is near."""
    settings = setup.those_in_force()
    try:
        store = Store.open(settings, TIMEOUT)
    except NoRedis as error:
        yield wrong(str(error), "set redis_url, or start an embedded server: batchline up")
        return
    where = _where(settings.lanes_url())
    try:
        store.client.ping()
        version = version_of(store.client)
    except RedisError as error:
        yield wrong(
            preflight.named("redis_url", error),
            f"start Redis at {where}, or set redis_url to where it is",
        )
        return
    except NO_REDIS as error:
        yield wrong(f"redis_url: {no_redis(error)}", f"set redis_url to a Redis; {where} is none")
        return
    setup.store = store
    yield well(f"Redis {version} at {where}, key_prefix {settings.key_prefix}")
    for look in (_doubts, _state, _latency, _clock):
        yield from _guarded(look, store.client)


def _guarded(
    look: Callable[[redis.Redis], Iterator[Finding]], client: redis.Redis
) -> Iterator[Finding]:
    """What a look finds; what Redis refuses to tell is told so, and ends no other look."""
    try:
        yield from look(client)
    except ResponseError as error:
        yield doubtful(
            f"redis_url: not everything could be looked at: {error}",
            "let this user run INFO, or look at the server itself",
        )
    except RedisError as error:
        yield wrong(preflight.named("redis_url", error), "see the server's log")


def _doubts(client: redis.Redis) -> Iterator[Finding]:
    for found in preflight.doubts_of_server(client):
        yield Finding("wrong" if found.is_fatal else "doubtful", found.text, found.fix)


def _state(client: redis.Redis) -> Iterator[Finding]:
    """Persistence, memory and role, as INFO tells them."""
    untyped: Any = client
    info: dict[str, Any] = untyped.info()
    if info.get("role") == "slave":
        yield wrong(
            "this Redis is a replica: nothing can be enqueued or delivered there",
            "set redis_url to an address that follows the master",
        )
    if info.get("aof_enabled") and info.get("aof_last_write_status", "ok") != "ok":
        yield wrong("the last write to the append-only file failed", "free the disk of Redis")
    if info.get("rdb_last_bgsave_status", "ok") != "ok":
        yield wrong(
            "the last snapshot failed, and Redis may refuse writes for it (MISCONF)",
            "see the server's log: its disk is full, or its memory is too small for a fork",
        )
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used >= SHORT * most:
        full = used >= FULL * most
        yield Finding(
            "wrong" if full else "doubtful",
            f"{used / most:.0%} of maxmemory are used"
            + (": producers are refused, or will be soon" if full else ""),
            "run workers, purge dead letters (batchline dead purge), or raise maxmemory",
        )
    else:
        of = f"{used / most:.0%} of maxmemory" if most else "without maxmemory"
        yield well(f"memory: {used / 1e6:,.0f} MB used, {of}")
    saved = int(info.get("rdb_last_save_time", 0))
    yield well(
        f"persistence: append-only file {'on' if info.get('aof_enabled') else 'off'}, last "
        f"snapshot {max(0.0, time.time() - saved) / 3600:,.1f} h ago"
    )


def _latency(client: redis.Redis) -> Iterator[Finding]:
    took = []
    for _ in range(PINGS):
        began = time.perf_counter()
        client.ping()
        took.append((time.perf_counter() - began) * 1000)
    median, longest = statistics.median(took), max(took)
    text = f"{PINGS} PINGs: median {median:.1f} ms, longest {longest:.1f} ms"
    if median > SLOW:
        yield doubtful(text, "run workers and applications near Redis, in the same zone")
    else:
        yield well(text)


def _clock(client: redis.Redis) -> Iterator[Finding]:
    untyped: Any = client
    began = time.time()
    seconds, micros = untyped.time()
    skew = seconds + micros / 1e6 - (began + time.time()) / 2
    if abs(skew) > SKEW:
        yield doubtful(
            f"the clock of Redis and the one here differ by {abs(skew):,.0f} s",
            "set both by NTP: Redis' clock decides when messages are due, this one signs requests",
        )
    else:
        yield well(f"clock: {skew:+.2f} s from the one here")


def look_at_broker(setup: Setup) -> Iterator[Finding]:
    """Whether the broker answers, and is another server."""
    settings = setup.those_in_force()
    try:
        url = settings.celery_url()
    except NoRedis:
        yield skipped("skipped: it is the server of redis, and there is none")
        return
    except InvalidSettings as error:
        yield wrong(str(error), "set broker_url")
        return
    where = _where(url)
    with connect(url, TIMEOUT, ca_file=settings.redis_ca_file) as broker:
        try:
            preflight.check_broker(broker)
            broker.ping()
        except InvalidSettings as error:
            yield wrong(str(error), "set broker_url to a Redis that takes it")
            return
        except RedisError as error:
            yield wrong(
                preflight.named("broker_url", error),
                f"start the broker at {where}, or set broker_url to where it is",
            )
            return
        except NO_REDIS as error:
            yield wrong(f"broker_url: {no_redis(error)}", "set broker_url to a Redis")
            return
        if setup.store is not None and _is_same(setup.store.client, broker):
            yield doubtful(
                f"the broker at {where} is the server that holds the lanes: what fills the one "
                "stops the other",
                "in production give Celery a server of its own: broker_url",
            )
        else:
            yield well(f"the broker answers at {where}")


def _is_same(lanes: redis.Redis, broker: redis.Redis) -> bool:
    try:
        return _run_id(lanes) == _run_id(broker)
    except (RedisError, KeyError):
        one, other = (each.get_connection_kwargs() for each in (lanes, broker))
        return all(one.get(part) == other.get(part) for part in ("host", "port"))


def _run_id(client: redis.Redis) -> str:
    untyped: Any = client
    return str(untyped.info("server")["run_id"])


def look_at_scripts(setup: Setup) -> Iterator[Finding]:
    """Whether Redis takes the scripts of this release."""
    client = setup.lanes().client
    sources = {one.name: one.source(client) for one in scripts.every()}
    sources["enqueue"] = SCRIPT
    refused = False
    for name, source in sources.items():
        try:
            client.script_load(source)
        except RedisError as error:
            refused = True
            yield wrong(
                f"Redis does not take the script {name}: {error}",
                "give the user +@scripting (docs/operations.md, Rights)",
            )
    if not refused:
        yield well(f"Redis takes all {len(sources)} scripts")


def _where(url: str) -> str:
    """The server of an address, without its credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}, database {parts.path.strip('/') or 0}"
