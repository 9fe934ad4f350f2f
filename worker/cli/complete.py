"""What a shell offers behind a Tab: accounts, and the scopes that can be paused.

Whoever presses Tab waits: Redis has 0.2 s, and whatever goes wrong offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from redis.exceptions import RedisError

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.store import lanes, pause
from batchline.worker.store.store import Store

#: Seconds that Redis is waited for.
TIMEOUT = 0.2


def accounts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The accounts of the settings."""
    return _offered(incomplete, lambda: Settings.load().accounts)


def scopes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Accounts, their operations with a lane, and the lanes that ever held a message."""
    return _offered(incomplete, _configured) + _offered(incomplete, _lanes)


def paused(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What is paused; where nothing is, every scope."""
    held = _offered(incomplete, lambda: pause.paused(_store()))
    return held or scopes(ctx, param, incomplete)


def _configured() -> Iterable[str]:
    for name, account in Settings.load().accounts.items():
        yield name
        for operation, entry in account.known_operations.items():
            if entry.lane == operation:
                yield f"{name}:{operation}"


def _lanes() -> Iterable[str]:
    return map(str, lanes.known(_store()))


def _store() -> Store:
    return Store.open(Settings.load(), TIMEOUT)


def _offered(incomplete: str, names: Callable[[], Iterable[str]]) -> list[str]:
    try:
        return [name for name in names() if name.startswith(incomplete)]
    except (BatchlineError, RedisError, OSError, ValueError):
        return []
