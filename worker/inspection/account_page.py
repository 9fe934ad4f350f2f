"""One account as a page of its own shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchline.producers.settings import Settings
from batchline.systems.account import BaseAccount
from batchline.systems.addresses import host_of, without_secrets
from batchline.worker.inspection import account_rows, checked, lanes_page, surroundings
from batchline.worker.inspection.account_rows import AccountRow
from batchline.worker.inspection.checked import Checked
from batchline.worker.inspection.lanes_page import Row
from batchline.worker.store import acts, history, lane_states
from batchline.worker.store.acts import ActLine
from batchline.worker.store.history import Growth
from batchline.worker.store.store import Store

#: Acts that are shown.
ACTS = 20
#: Counters whose growth in the last hour is shown.
USED = ("delivered", "died", "requests", "failed_requests")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for the messages of one operation, by the settings here."""

    operation: str
    #: The operation whose lane and settings it shares; often itself.
    lane: str
    #: "resend", "hold" or "verify": of a message of which nobody knows whether the API took it.
    ambiguous: str
    #: Whether a second delivery of a message leaves the API as it is.
    idempotent: bool
    #: Messages of a request at most, seconds that a lane waits for more, lanes, and messages that
    #: may wait in one.
    batch_size: int
    linger: float
    partitions: int
    backlog_limit: int
    #: Whether the application is told what became of each message.
    results: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account, and what concerns it."""

    row: AccountRow
    #: The host of its API; "" where the settings here do not know it.
    host: str
    #: Its operations that ever held a message, by name.
    lanes: Sequence[Row]
    #: Every operation that its system has, by name.
    policies: Sequence[Policy]
    #: Neutral types of which each message without named accounts goes here.
    routes: Sequence[str]
    checked: Checked | None
    #: The last acts on it.
    acts: Sequence[ActLine]
    #: The last hour; None: nobody knows.
    hour: Growth | None

    def used(self, operation: str, counter: str) -> int | None:
        """The growth of a counter of `USED` in the last hour; None: nobody knows."""
        row = self.hour.rows.get((self.row.name, operation), {}) if self.hour else {}
        return row.get(counter)

    def used_in_all(self, counter: str) -> int | None:
        """The same of all its operations, as far as it is known."""
        values = [self.used(one.operation, counter) for one in self.lanes]
        known = [value for value in values if value is not None]
        return sum(known) if known else None


def read(store: Store, settings: Settings, name: str) -> AccountPage | None:
    """One account; None where no settings and no message ever named it."""
    if ":" in name:  # an operation or a lane
        return None
    states = lane_states.read(store, lane_states.names_of(store, name))
    account = settings.accounts.get(name)
    if account is None and not states:
        return None
    around = surroundings.read(store, settings, states, [name])
    lanes = lanes_page.fold(states, around)
    place = (account.system, without_secrets(account.url)) if account else ("", "")
    (row,) = account_rows.fold(lanes, around, {name: place})
    return AccountPage(
        row,
        host_of(place[1]),
        lanes,
        policies(account) if account else [],
        [kind for kind, names in settings.routes if name in names],
        checked.last(store, name),
        acts.read(store, ACTS, account=name),
        history.growth(store),
    )


def policies(account: BaseAccount) -> list[Policy]:
    """What holds for each operation of the account, by name. Pure."""
    found = []
    for name, operation in sorted(account.known_operations.items()):
        own = account.operation(name)
        found.append(
            Policy(
                name,
                operation.lane,
                own.ambiguous,
                operation.idempotent,
                own.batch_size,
                own.linger,
                own.partitions,
                own.backlog_limit,
                own.results,
            )
        )
    return found
