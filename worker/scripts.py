"""The Lua scripts of `worker/lua`, each loaded once and run by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import redis
from redis.exceptions import NoScriptError

Argument = str | bytes | int

#: Put before every script, and before some: Lua in Redis has no imports.
SHARED = ("common",)
USES = {"claim": ("breaker",), "settle": ("breaker",)}


class Script:
    """One file of `worker/lua`; its header says which keys and arguments it takes."""

    def __init__(self, name: str, on_full_server: bool = False) -> None:
        """`on_full_server`: also runs when Redis is at `maxmemory`, because it frees first."""
        self.name = name
        self._on_full_server = on_full_server

    def __call__(
        self, client: redis.Redis, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> Any:
        return self.with_read(client, keys, arguments, None)[0]

    def with_read(
        self,
        client: redis.Redis,
        keys: Sequence[str],
        arguments: Sequence[Argument],
        read: Sequence[Argument] | None,
    ) -> list[Any]:
        """Run the script, and a native command behind it, in one round trip; both answers."""
        source = _source(self.name, self._on_full_server and _knows_flags(client))
        try:
            return self._pipelined(client, ["EVALSHA", _sha(source)], keys, arguments, read)
        except NoScriptError:
            return self._pipelined(client, ["EVAL", source], keys, arguments, read)

    def _pipelined(
        self,
        client: redis.Redis,
        script: list[Any],
        keys: Sequence[str],
        arguments: Sequence[Argument],
        read: Sequence[Argument] | None,
    ) -> list[Any]:
        pipeline: Any = client.pipeline(transaction=False)
        pipeline.execute_command(*script, len(keys), *keys, *arguments)
        if read is not None:
            pipeline.execute_command(*read)
        return list(pipeline.execute())


@cache
def _source(name: str, flagged: bool) -> str:
    folder = files("worker") / "lua"
    parts = [*SHARED, *USES.get(name, ()), name]
    text = "\n".join((folder / f"{part}.lua").read_text() for part in parts)
    return f"#!lua flags=allow-oom\n{text}" if flagged else text


@cache
def _sha(source: str) -> str:
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


@cache
def _knows_flags(client: redis.Redis) -> bool:
    """Redis 7 and later refuse an unflagged script on a full server; 6.2 knows no flags."""
    version = str(client.info("server")["redis_version"])
    return int(version.partition(".")[0]) >= 7
