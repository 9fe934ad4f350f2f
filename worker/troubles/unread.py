"""Results that nobody reads in time: of a group, of an account's forwarder, or of nobody at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batchline.producers.result_reader import group_of
from batchline.producers.settings import Settings
from batchline.systems.webhook.messages import ResultPost
from batchline.worker.store import results
from batchline.worker.store.results import Group
from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble, what
from batchline.worker.troubles.words import span

TELL_LOST = Script("tell_lost")
#: The share of `results_length` from which on unread results are near to being dropped.
NEAR = 0.8
#: The scope of the trouble that there is no group.
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the settings say of results: how many are kept, and who is to forward them."""

    length: int
    #: The accounts that get results at an address of theirs.
    webhooks: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> Kept | None:
        """As the settings say; None where no operation has results."""
        if not settings.has_results():
            return None
        accounts = settings.accounts.items()
        own = [name for name, account in accounts if account.system == ResultPost.system]
        return cls(settings.results_length, own)


def find(store: Store, kept: Kept | None, stall_after: float, now: int) -> list[Trouble]:
    """The results that are unread for too long, or too many; `now` in UNIX ms of Redis."""
    if kept is None:
        return []
    count, oldest = results.kept(store)
    groups = results.groups(store)
    return list(unread(groups, count, oldest, kept, stall_after, now))


def unread(
    groups: Sequence[Group],
    count: int,
    oldest: int | None,
    kept: Kept,
    stall_after: float,
    now: int,
) -> Iterator[Trouble]:
    """The same of these groups; `count` results are kept, the oldest of UNIX ms `oldest`. Pure."""
    most = NEAR * kept.length
    forwarders = {group_of(account): account for account in kept.webhooks}
    known = {group.name: group for group in groups}
    for name, account in forwarders.items():
        group = known.get(name)
        waiting, since = (group.unread, group.oldest) if group else (count, oldest)
        if waiting >= most or (since is not None and now - since >= stall_after * 1000):
            lasts = f" for {span(now - since)}" if since is not None else ""
            detail = f"nobody forwards them to {account}{lasts}"
            yield _unread(name, waiting, detail, now)
    for group in groups:
        if group.unread >= most and group.name not in forwarders:
            detail = f"group {group.name} is far behind, about {kept.length:,} are kept"
            yield _unread(group.name, group.unread, detail, now)
    if not groups and not forwarders and count >= most:
        detail = f"no group has ever read one, about {kept.length:,} are kept"
        yield _unread(NOBODY, count, detail, now)


def _unread(scope: str, messages: int, detail: str, now: int) -> Trouble:
    return Trouble("results_unread", scope, now, now, 1, messages, "", detail)


def lost(store: Store, now: int) -> list[Trouble]:
    """The groups that have lost results of which nobody has told people."""
    return [
        Trouble("results_lost", group.name, now, now, 1, more, "", _lost(group))
        for group in results.groups(store)
        if (more := group.lost + group.dropped - group.noted) > 0
    ]


def tell_lost(store: Store) -> None:
    """Begin the trouble of each group that has lost results, once for each result."""
    for group in results.groups(store):
        total = group.lost + group.dropped
        if total > group.noted:
            text = json.dumps(what("results_lost", group.name, _lost(group)))
            arguments: list[str | bytes | int] = [group.name, total, text, store.keys.start]
            TELL_LOST(store, [store.keys.results_numbers], arguments)


def _lost(group: Group) -> str:
    return f"group {group.name} was too slow for results_length"
