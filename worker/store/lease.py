"""The lease of a lane: one owner at a time, whose token every later write is checked against."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store import clock, head
from batchline.worker.store.batch import Batch
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

CLAIM = Script("claim")
RENEW = Script("renew")
RELEASE = Script("release")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Who of a lane may be what makes the API fail (`worker/delivery/blame.py`)."""

    #: One of so many messages, the first of the lane; 0: nobody is under suspicion.
    window: int = 0
    #: Whether other messages passed since the search began.
    others_passed: bool = False

    @property
    def trial(self) -> int:
        """How many messages are sent by themselves, first; 0: no trial."""
        return max(1, self.window // 2) if self.window else 0

    @property
    def wants_witnesses(self) -> bool:
        """Whether others are sought that may pass, while the trial fails."""
        return self.window > 0


NOBODY = Suspicion()


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane that this worker owns until the lease ends; `renew` prolongs it."""

    lane: Lane
    token: str
    #: `clock.seconds` at which the lease is over, counted from before the call that took it.
    until: float = 0.0
    #: Failures of the destination in a row before this batch.
    attempts: int = 0
    #: The messages that a former owner may have sent (`worker/delivery/uncertain.py`); or "".
    mark: str = ""
    #: Whether this owner has written the mark of the whole batch already, and sent nothing of it.
    marked: bool = False
    #: Whether a parked message of the account blocks later ones of its contact.
    blocked: bool = False
    #: How many messages were read alone, as the batch before failed by a fault of ours
    #: (`worker/delivery/fault.py`); 0: as many as there are.
    alone: int = 0
    #: Messages that the batch has at most, as a larger one lost to a rate limit what it had learned
    #: (`worker/delivery/cut.py`); 0: as many as the operation takes.
    cut: int = 0
    #: Who of the lane may be what makes the API fail.
    suspicion: Suspicion = NOBODY
    #: UNIX ms at which the API last answered a request of the operation; at which the lane's
    #: destination last failed, if nothing has passed since. 0: not yet.
    passed_at: int = 0
    failed_at: int = 0
    #: UNIX ms since when it has failed, and nothing has passed; 0: it has not.
    failing_since: int = 0
    #: Whether it is not known if the API works again: the lane's last batch failed, or the lane
    #: probes a breaker. Then one request goes first, alone, and others once it was answered.
    probing: bool = False
    #: The host of the account, as "name:port".
    host: str = ""
    #: The stream id up to which the lane holds no large message; "" where it holds some.
    horizon: str = ""
    #: Which suppression list there is (`producers/lua/clock.lua`); "": none.
    listed: str = ""


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """The lane was not claimed: there is nothing to deliver now."""

    #: The answer of `claim.lua`.
    code: str
    #: Seconds until it can be claimed, as far as anybody knows; or 0.
    seconds: float = 0.0
    #: "foreign": the system that the lane's messages are made for.
    system: str = ""

    def __str__(self) -> str:
        """The reason in words, for Flower."""
        left = f"{max(self.seconds, 0.1):.1f} s"
        return {
            "busy": f"another worker delivers it; its lease ends in {left}, or is prolonged",
            "early": f"waits to be tried again, in {left}",
            "operation": f"waits {left} for the operation, which fails; then one lane tries",
            "host": f"waits {left} for the host, which is not reached; then one lane tries",
            "foreign": f"its messages are made for {self.system}, and its account is of another "
            "system now",
            "paused": "paused",
            "empty": "nothing to do",
        }[self.code]


def claim(
    store: Store,
    lane: Lane,
    lease_seconds: float,
    batch_size: int,
    host: str,
    quiet: float = 0.0,
    system: str = "",
) -> tuple[Lease, Batch] | NotClaimed:
    """Take the lease of the lane and read its head, in one round trip.

    `host`: the account's, as "name:port"; `system`: the account's, "" if any will do. `quiet`:
    seconds after which a request of the lane's former owner can no longer be under way. A lease
    that is over is taken so much later, if that owner may have sent messages.
    """
    token, until = new_token(store), clock.seconds() + lease_seconds
    keys = [
        store.keys.stream(lane),
        store.keys.state(lane),
        store.keys.due,
        store.keys.paused,
        store.keys.breaker(lane.account, lane.operation),
        store.keys.parked_blocking(lane.account),
        store.keys.breaker_of_host(host),
    ]
    arguments: list[Argument] = [str(lane), token, round(lease_seconds * 1000), batch_size]
    arguments += [round(quiet * 1000), system]
    answer, first = CLAIM.with_read(store, keys, arguments, head.first(store, lane))
    if answer[0] != b"claimed":
        made_for = answer[2].decode() if len(answer) > 2 else ""
        return NotClaimed(answer[0].decode(), int(answer[1]) / 1000, made_for)
    _, attempts, mark, blocked, alone, window, others_passed, last, *more = answer
    *times, cut, listed = more
    horizon = last.decode()
    suspicion = Suspicion(int(window), bool(others_passed))
    lease = Lease(
        lane,
        token,
        until,
        int(attempts),
        mark.decode(),
        blocked=bool(blocked),
        alone=int(alone),
        cut=int(cut),
        suspicion=suspicion,
        passed_at=int(times[0]),
        failed_at=int(times[1]),
        failing_since=int(times[2]),
        probing=int(attempts) > 0 or int(times[3]) > 0,
        host=host,
        horizon=horizon,
        listed=listed.decode(),
    )
    return lease, read_batch(store, lease, first, batch_size)


def read_batch(store: Store, lease: Lease, first: list[Any], size: int) -> Batch:
    """The batch at the head of the lane, whose first entries have been read.

    It holds `size` messages at most. While witnesses are sought it holds more, for the first ones
    may all be guilty, or all of one contact; of those behind `size` none but witnesses are sent.
    """
    lane, size = lease.lane, lease.alone or min(size, lease.cut or size)
    is_wide = lease.suspicion.wants_witnesses and not lease.alone
    count = max(size, head.LARGEST) if is_wide else size
    read = head.whole(store, lane, first, count, lease.horizon)
    batch = Batch.read(lane, read)
    if batch.fault is not None and len(read) > size:
        return Batch.read(lane, read[:size])  # what cannot be read there is found in its turn
    return batch


def new_token(store: Store) -> str:
    """The token of a new lease: it begins with its owner's name (`resume.lua`)."""
    return f"{store.owner}-{secrets.token_hex(6)}"


def renew(store: Store, lease: Lease, seconds: float, mark: str = "") -> float | None:
    """Let the lease end `seconds` from now, and write the mark unless it is "".

    Returns the `clock.seconds` at which it ends. None when the lease is lost: then nothing is
    written.
    """
    until = clock.seconds() + seconds
    keys = [store.keys.state(lease.lane), store.keys.due]
    arguments: list[Argument] = [str(lease.lane), lease.token, round(seconds * 1000), mark]
    return until if RENEW(store, keys, arguments) else None


def release(store: Store, lane: Lane) -> None:
    """Make a lane due at once that was dispatched to this worker, which will not begin it."""
    RELEASE(store, [store.keys.state(lane), store.keys.due], [str(lane)])
