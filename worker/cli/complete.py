"""What a shell offers behind a Tab: accounts, operations, lanes, ids, and what else has names.

Whoever presses Tab waits. So nothing here loads pydantic, redis or Celery unless it must, Redis has
0.2 s, and whatever goes wrong offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from batchline.producers.keys import Keys
from batchline.systems.errors import BatchlineError
from batchline.worker.cli import glance, tree
from batchline.worker.cli.glance import Glance
from batchline.worker.store.message_ids import is_lane, of_member

#: Ids that are offered: the newest.
MOST_IDS = 50


class Known(click.ParamType[str]):
    """A text of which a shell can offer values: one of `OFFERS`."""

    name = "text"

    def __init__(self, offers: str) -> None:
        #: The name in `OFFERS`.
        self.offers = offers

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        return [CompletionItem(name) for name in offered(self.offers, incomplete)]


def offered(offers: str, incomplete: str) -> list[str]:
    """What begins with these letters, of what is offered under that name."""
    found: dict[str, None] = {}
    try:
        for name in OFFERS[offers](glance.read()):
            if name.startswith(incomplete):
                found[name] = None
    except (BatchlineError, OSError, ValueError, KeyError, TypeError, ImportError):
        pass  # what was found before is offered all the same
    return list(found)


def _accounts(now: Glance) -> Iterable[str]:
    return now.accounts


def _systems(now: Glance) -> Iterable[str]:
    return {**tree.operations(), **dict.fromkeys(now.accounts.values())}


def _operations(now: Glance) -> Iterable[str]:
    for system in _systems(now):
        yield from _operations_of(system)


def _scopes(now: Glance) -> Iterable[str]:
    """Accounts, their operations with a lane, and the lanes that ever held a message."""
    for name, system in now.accounts.items():
        yield name
        for operation, lane in _operations_of(system).items():
            if lane == operation:
                yield f"{name}:{operation}"
    yield from _lanes(now)


def _lanes(now: Glance) -> Iterable[str]:
    (members,) = now.ask(("SMEMBERS", Keys(now.prefix).lanes))
    return sorted(filter(is_lane, map(_text, members)))


def _paused(now: Glance) -> Iterable[str]:
    """What is paused; where nothing is, every scope."""
    try:
        (found,) = now.ask(("HKEYS", Keys(now.prefix).paused))
    except OSError:
        found = []
    return sorted(map(_text, found)) or _scopes(now)


def _letters(now: Glance) -> Iterable[str]:
    """The newest dead letters."""
    (found,) = now.ask(("ZREVRANGE", Keys(now.prefix).dead, 0, MOST_IDS - 1))
    return map(_text, found)


def _messages(now: Glance) -> Iterable[str]:
    """The newest dead letters, and the parked messages that come back first."""
    keys = Keys(now.prefix)
    dead, parked = now.ask(
        ("ZREVRANGE", keys.dead, 0, MOST_IDS - 1), ("ZRANGE", keys.parked, 0, MOST_IDS - 1)
    )
    yield from map(_text, dead)
    yield from (of_member(_text(member)) for member in parked)


def _bulk(now: Glance) -> Iterable[str]:
    (found,) = now.ask(("ZREVRANGE", Keys(now.prefix).bulk, 0, -1))
    return map(_text, found)


def _erasures(now: Glance) -> Iterable[str]:
    (found,) = now.ask(("ZREVRANGE", Keys(now.prefix).erase, 0, -1))
    return map(_text, found)


def _groups(now: Glance) -> Iterable[str]:
    """The groups that read results."""
    (found,) = now.ask(("HKEYS", Keys(now.prefix).results_numbers))
    fields = map(_text, found)
    return sorted({name for one, _, name in (field.partition(":") for field in fields) if name})


def _operations_of(system: str) -> Mapping[str, str]:
    """Operation of a system -> its lane; one of a plug-in is loaded for it."""
    own = tree.operations().get(system)
    if own is None:
        from batchline.systems.registry import systems

        return {one.name: one.lane for one in systems()[system].operations}
    return own


def _text(raw: Any) -> str:
    return str(raw.decode(errors="replace"))


#: Name -> what it offers.
OFFERS: dict[str, Callable[[Glance], Iterable[str]]] = {
    "accounts": _accounts,
    "operations": _operations,
    "scopes": _scopes,
    "paused": _paused,
    "letters": _letters,
    "messages": _messages,
    "bulk": _bulk,
    "erasures": _erasures,
    "groups": _groups,
}
ACCOUNT, SCOPE, PAUSED = Known("accounts"), Known("scopes"), Known("paused")
LETTER, MESSAGE, BULK, GROUP = Known("letters"), Known("messages"), Known("bulk"), Known("groups")
ERASURE = Known("erasures")
