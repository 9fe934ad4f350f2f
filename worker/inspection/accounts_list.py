"""A page of accounts: all are filtered and sorted by a few keys, and only those shown are read.

The keys are one each for all accounts: the names of lanes, the pauses, the troubles, and the last
sample of the history. So a page costs as much with ten thousand accounts as with fifty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.producers.settings import Settings
from batchline.systems.addresses import host_of, without_secrets
from batchline.worker.inspection import account_rows, lanes_page, paging, surroundings
from batchline.worker.inspection.account_rows import AccountRow
from batchline.worker.inspection.accounts_filter import STATES, AccountsFilter
from batchline.worker.store import history, lane_states, pause
from batchline.worker.store.history import Sample
from batchline.worker.store.store import Store
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles.trouble import Trouble

EVERY = AccountsFilter()
#: Kinds of trouble that are a breaker's.
BREAKERS = ("breaker_open", "host_unreachable")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an account without a look at its lanes."""

    name: str
    #: "" where the settings here do not know it.
    system: str
    #: The words of `STATES` that fit.
    states: tuple[str, ...]
    #: As a worker has sampled them last.
    backlog: int = 0
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """A page of rows."""

    rows: tuple[AccountRow, ...]
    #: The page's number from 1 on, how many pages and rows there are with this filter, and without.
    page: int
    pages: int
    matching: int
    of: int
    #: The systems of all accounts.
    systems: tuple[str, ...]
    #: Where the order is by a number: when a worker sampled it (UNIX ms; 0: none has). Else None.
    sampled: int | None


#: Column -> what accounts are sorted by.
SORTS: dict[str, Callable[[Known], Any]] = {
    "account": lambda one: one.name,
    "system": lambda one: (one.system == "", one.system),
    "state": lambda one: min(map(list(STATES).index, one.states)),
    "backlog": lambda one: one.backlog,
    "delivered": lambda one: one.delivered,
}
#: Columns that a sample tells.
SAMPLED = ("backlog", "delivered")


def read(
    store: Store,
    settings: Settings,
    wanted: AccountsFilter = EVERY,
    sort: str = "account",
    page: int = 1,
    size: int = paging.PAGE_SIZE,
) -> AccountsPage:
    """A page of the accounts of the settings, and of every other one that ever held a message.

    `sort`: a column of `SORTS`, with - before it descending; an unknown one sorts by name.
    """
    column = sort.removeprefix("-")
    sample = history.newest(store) if column in SAMPLED else None
    of_lanes: dict[str, list[str]] = {}
    for lane in lane_states.names(store):
        of_lanes.setdefault(lane.partition(":")[0], []).append(lane)
    systems = dict.fromkeys(of_lanes, "")
    systems.update((name, account.system) for name, account in settings.accounts.items())
    lasting = troubles.read(store)
    every = known(systems, pause.paused(store), lasting, behind(settings, lasting), sample)
    fitting = [one for one in every if wanted.fits(one.name, one.system, one.states)]
    ordered = sorted(fitting, key=SORTS.get(column, SORTS["account"]), reverse=sort.startswith("-"))
    shown, page, pages = paging.cut(ordered, page, size)
    return AccountsPage(
        _rows(store, settings, [one.name for one in shown], of_lanes),
        page,
        pages,
        len(fitting),
        len(every),
        tuple(sorted({one.system for one in every if one.system})),
        (sample.at if sample else 0) if column in SAMPLED else None,
    )


def behind(settings: Settings, lasting: Iterable[Trouble]) -> list[str]:
    """The accounts whose host is not reached. Pure."""
    hosts = {one.scope for one in lasting if one.told and one.kind == "host_unreachable"}
    if not hosts:
        return []
    accounts = settings.accounts.items()
    return [name for name, account in accounts if host_of(account.url) in hosts]


def known(
    systems: Mapping[str, str],
    paused: Mapping[str, str],
    lasting: Iterable[Trouble],
    cut_off: Iterable[str],
    sample: Sample | None,
) -> list[Known]:
    """What these keys tell of each account, by name. Pure.

    `systems`: account -> its system. `cut_off`: accounts whose host is not reached.
    """
    words: dict[str, set[str]] = {name: set() for name in systems}
    for scope, reason in paused.items():
        found = words.get(scope.partition(":")[0], set())
        found.add("paused")
        if scope in words and reason.startswith(pause.REFUSED):
            found.add("refused")
    for one in lasting:
        if one.told and (one.lane or ":" in one.scope) and one.row.ends != "resume":
            found = words.get((one.lane or one.scope).partition(":")[0], set())
            found.add("breaker" if one.kind in BREAKERS else "trouble")
    for name in cut_off:
        words[name].add("breaker")
    counts = {name: [0, 0] for name in systems}
    for (account, _), row in (sample.rows if sample else {}).items():
        if account in counts:
            counts[account][0] += row[history.SAMPLED.index("backlog")]
            counts[account][1] += row[history.SAMPLED.index("delivered")]
    return [
        Known(name, systems[name], _in_order(words[name]), *counts[name])
        for name in sorted(systems)
    ]


def _in_order(words: set[str]) -> tuple[str, ...]:
    return tuple(word for word in STATES if word in words) or ("ok",)


def _rows(
    store: Store, settings: Settings, shown: Sequence[str], of_lanes: Mapping[str, list[str]]
) -> tuple[AccountRow, ...]:
    """The rows of these accounts, in this order."""
    names = [lane for name in shown for lane in of_lanes.get(name, ())]
    states = lane_states.read(store, names)
    around = surroundings.read(store, settings, states, shown)
    accounts = ((name, settings.accounts.get(name)) for name in shown)
    places = {
        name: (account.system, without_secrets(account.url)) if account else ("", "")
        for name, account in accounts
    }
    rows = {
        row.name: row for row in account_rows.fold(lanes_page.fold(states, around), around, places)
    }
    return tuple(rows[name] for name in shown)
