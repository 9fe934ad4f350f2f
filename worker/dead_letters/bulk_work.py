"""The workers' part of bulk acts: count the letters, and go through them.

One worker at a time is at an act, by a lease that every step prolongs. Each step is one script,
which does its page and notes it as done: whenever a worker dies, another one goes on behind the
last page, and nothing is done twice.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from batchline.producers.settings import Settings
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.bulk import LEFT_KEPT
from batchline.worker.dead_letters.filter import LANGUAGE
from batchline.worker.dead_letters.store import Bulk, NotOurs
from batchline.worker.store import room
from batchline.worker.store.letter_pages import pages
from batchline.worker.store.message_ids import of_member
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

TAKE = Script("bulk_take")
ADD = Script("bulk_add")
WAIT = Script("bulk_wait")
#: Letters of a step: it holds Redis for some ms, and the lanes go on in between.
PAGE = 100
#: Seconds between two signs that the worker is still at it, while it waits for its pace.
SIGN_EVERY = 1.0

#: Sleeps for so many seconds, and says whether to stop.
Wait = Callable[[float], bool]


def work(store: Store, settings: Settings, wait: Wait, only: str = "") -> bool:
    """Take a bulk act (`only`: this one) and go on with it, until it is counted or done.

    It ends before that when the act is stopped, or when `wait` says to stop: then another worker
    goes on at once. A fault of ours stops the act, and is raised: it would come back for ever.
    Returns whether there was one to take.
    """
    token = f"{store.owner}-{secrets.token_hex(6)}"
    keys = [store.keys.bulk_open]
    taken: Any = TAKE(store, keys, [store.keys.start, token, only])
    if taken is None:
        return False
    name = taken.decode()
    try:
        state: Any = store.client.hget(store.keys.bulk_act(name), "state")
        step = _count if state == b"counting" else _run
        step(store, settings, name, token, wait)
    except NotOurs:
        pass
    except (RedisError, OSError):
        raise
    except Exception as error:
        bulk.stop_for_fault(store, name, type(error).__name__)
        raise
    return True


def _count(store: Store, settings: Settings, name: str, token: str, wait: Wait) -> None:
    keys = _keys(store, name)
    fields: Any = store.client.hmget(keys[0], "wanted", "cursor", "died_until")
    if None in fields:
        raise NotOurs  # stopped, since it was taken
    text, cursor, until = (field.decode() for field in fields)
    wanted = LANGUAGE.parse(text)
    # After a worker that died, the letters of one ms are looked at again, and noted once.
    for page in dead_letters.find_pages(store, cursor, until):
        cursor = str(page.last)
        found: list[Argument] = [
            part
            for letter in page.letters
            if wanted.fits(letter)
            for part in (letter.id, letter.reason)
        ]
        while room.refusal(store) is not None:  # noting them takes memory
            _pause(store, name, token, SIGN_EVERY, wait)
        if not ADD(store, keys, [token, cursor, page.looked, 0, *found]):
            raise NotOurs
        if wait(0):
            _keep(store, name, token, keeps=False)
            raise NotOurs
    if not ADD(store, keys, [token, cursor, 0, LEFT_KEPT * 1000]):
        raise NotOurs


def _run(store: Store, settings: Settings, name: str, token: str, wait: Wait) -> None:
    act = store.keys.bulk_act(name)
    while True:
        fields: Any = store.client.hmget(act, "what", "superseded")
        rate = _rate(store, name)
        # With a pace, about what a second takes.
        size = PAGE if rate is None else max(1, min(PAGE, math.ceil(rate * SIGN_EVERY)))
        members: Any = store.client.zrange(store.keys.bulk_ids(name), 0, size - 1)
        if not members:  # Redis has forgotten them: they were kept for a while only
            _keep(store, name, token, keeps=False)
            return
        done = _do(store, settings, name, token, fields[0], fields[1] == b"1", members)
        _keep_pace(store, name, token, done, wait)


def _rate(store: Store, name: str) -> float | None:
    """Letters a second, as a person wishes it now; None: as fast as it goes."""
    text: Any = store.client.hget(store.keys.bulk_act(name), "rate")
    return float(text) if text else None


def _keep_pace(store: Store, name: str, token: str, done: int, wait: Wait) -> None:
    """Wait until so many letters are no more than the pace allows, which may change meanwhile."""
    waited = 0.0
    while True:
        rate = _rate(store, name)
        left = 0.0 if rate is None else done / rate - waited
        part = min(max(left, 0.0), SIGN_EVERY)
        _pause(store, name, token, part, wait)
        waited += part
        if left <= part:
            return


def _do(
    store: Store,
    settings: Settings,
    name: str,
    token: str,
    what: bytes,
    superseded: bool,
    members: list[bytes],
) -> int:
    """Replay or purge a page, as far as its bytes allow; return how many letters it was about."""
    ids = [of_member(member.decode()) for member in members]
    page = next(iter(pages(store, ids)))
    page_of = Bulk(name, token, [member.decode() for member in members[: len(page)]])
    if what == b"purge":
        told = dead_letters.told_of(settings)
        dead_letters.purge(store, page, settings.idempotency_window, told, page_of)
    else:
        systems = {name: account.system for name, account in settings.accounts.items()}
        dead_letters.replay_page(store, page, superseded, systems, page_of)
    return len(page)


def _pause(store: Store, name: str, token: str, seconds: float, wait: Wait) -> None:
    """Wait up to `SIGN_EVERY`, and show that the act is not left alone; raises NotOurs."""
    if wait(seconds):
        _keep(store, name, token, keeps=False)
        raise NotOurs
    if seconds and not _keep(store, name, token, keeps=True):
        raise NotOurs


def _keep(store: Store, name: str, token: str, keeps: bool) -> bool:
    return bool(WAIT(store, _keys(store, name), [token, int(keeps)]))


def _keys(store: Store, name: str) -> list[str]:
    return [store.keys.bulk_act(name), store.keys.bulk_ids(name), store.keys.bulk_open]
