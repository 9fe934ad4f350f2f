"""The Lua scripts of `worker/store/lua`, each loaded once and run by its hash.

All of them also run on a server that is full (`maxmemory`): whatever delivers makes room.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import redis
from redis.exceptions import (
    ClusterDownError,
    NoScriptError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from batchline.producers.enqueue import CLOCK
from batchline.producers.redis_client import is_read_only, version_of
from batchline.worker.store.store import Store

Argument = str | bytes | int
T = TypeVar("T")

#: Files put before every script, and before some scripts: Lua in Redis has no imports.
SHARED = ("common",)
USES = {
    "claim": ("breaker",),
    "settle": ("breaker", "trouble", "results"),
    "end_job": ("results",),
    "begin_trouble": ("trouble",),
    "tell_lost": ("trouble",),
    "end_trouble": ("trouble",),
    "pause": ("trouble",),
    "resume": ("trouble",),
    "dispatch": ("trouble",),
    "set_aside": ("trouble",),
    "mend_types": ("trouble",),
    "unpark": ("trouble",),
    "replay": ("bulk",),
    "purge": ("results", "bulk"),
    "erase_lane": ("results", "erasing"),
    "erase_outside": ("results", "erasing"),
    "bulk_add": ("bulk",),
    "bulk_take": ("bulk",),
    "bulk_wait": ("bulk",),
    "bulk_change": ("bulk",),
}

#: Scripts that a delivery has to bring to their end: a call is repeated while Redis cannot carry it
#: out. Repeated with the same arguments, each of them changes nothing more.
PATIENT = frozenset(
    {"claim", "read", "renew", "take_grants", "return_grants", "settle", "end_job", "newest_sent"}
)
#: Seconds for which a call is repeated (by then a usual lease has run out, and another worker may
#: own the lane); seconds between two tries.
REPEAT_FOR = 60.0
REPEAT_PAUSE = 0.2
#: Errors that pass: no answer, a server that is loading, or that is no master (any more, or yet).
PASSING: tuple[type[RedisError], ...] = (
    RedisConnectionError,
    RedisTimeoutError,
    ClusterDownError,
    TryAgainError,
)
#: Codes of errors that pass, and for which redis-py has no class: too few replicas, a disk that
#: cannot be written.
PASSING_CODES = ("NOREPLICAS", "MISCONF")

#: First line of a script on a server that knows no flags (6.2): once a script has written, it is
#: not refused any more for want of memory.
ON_FULL_SERVER = "redis.call('DEL', KEYS[1] .. ':nothing')"


class Script:
    """One file of `worker/store/lua`; its header says which keys and arguments it takes."""

    def __init__(self, name: str, is_patient: bool | None = None) -> None:
        """`is_patient`: whether a call is repeated while Redis is away; None: as `PATIENT` says."""
        self.name = name
        self._is_patient = name in PATIENT if is_patient is None else is_patient

    def __call__(self, store: Store, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Run the script, and return its answer."""
        return self.with_read(store, keys, arguments, None)[0]

    def with_read(
        self,
        store: Store,
        keys: Sequence[str],
        arguments: Sequence[Argument],
        read: Sequence[Argument] | None,
    ) -> list[Any]:
        """Run the script and a native command behind it in one round trip; return both answers."""
        seconds = REPEAT_FOR if self._is_patient else 0.0
        return repeated(lambda: self._once(store, keys, arguments, read), seconds)

    def _once(
        self,
        store: Store,
        keys: Sequence[str],
        arguments: Sequence[Argument],
        read: Sequence[Argument] | None,
    ) -> list[Any]:
        source = self.source(store.client)
        rest, behind = [len(keys), *keys, *arguments], [read] if read is not None else []
        try:
            return store.connections.send(["EVALSHA", sha(source), *rest], *behind)
        except NoScriptError:
            return store.connections.send(["EVAL", source, *rest], *behind)

    def source(self, client: redis.Redis) -> str:
        """The script's text for this server."""
        return _source(self.name, _first_line(client))


def every() -> list[Script]:
    """All scripts; not the files that are only parts of others."""
    parts = {*SHARED, *(part for used in USES.values() for part in used)}
    folder = files("batchline.worker.store") / "lua"
    names = (file.name.removesuffix(".lua") for file in folder.iterdir())
    return [Script(name) for name in sorted(names) if name not in parts]


def names_of(accounts: Iterable[str] | None) -> str:
    """The accounts that a worker knows, as `leaves` of `common.lua` takes them; None: all."""
    return "*" if accounts is None else f" {' '.join(accounts)} "


def repeated(call: Callable[[], T], seconds: float = REPEAT_FOR) -> T:
    """The call's result; while Redis cannot carry it out, it is repeated for so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except RedisError as error:
            if time.monotonic() >= deadline or not passes(error):
                raise
            time.sleep(REPEAT_PAUSE)


def passes(error: RedisError) -> bool:
    """Whether the error is Redis' trouble of the moment, and not an answer to this call."""
    text = str(error) if isinstance(error, ResponseError) else ""
    if isinstance(error, PASSING) or is_read_only(error):
        return True
    return any(code in text for code in PASSING_CODES)


def is_of_the_server(error: RedisError) -> bool:
    """Whether Redis is in trouble, or does not let us in; else it only refuses this one command."""
    codes = ("OOM", "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH", "WRONGPASS", "NOPERM")
    is_answer = isinstance(error, ResponseError)
    return not is_answer or passes(error) or any(code in str(error) for code in codes)


@cache
def _source(name: str, first_line: str) -> str:
    folder = files("batchline.worker.store") / "lua"
    parts = [*SHARED, *USES.get(name, ()), name]
    texts = ((folder / f"{part}.lua").read_text() for part in parts)
    return "\n".join([first_line, CLOCK, *texts])


@cache
def sha(source: str) -> str:
    """The hash by which the server knows the script."""
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


@cache
def _first_line(client: redis.Redis) -> str:
    """The line by which a script runs on a full server: a flag since Redis 7; 6.2 knows none."""
    newer = int(version_of(client).partition(".")[0]) >= 7
    return "#!lua flags=allow-oom" if newer else ON_FULL_SERVER
