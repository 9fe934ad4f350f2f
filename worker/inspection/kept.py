"""The kept requests of accounts, as they stand in Redis (`worker/delivery/kept_requests.py`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from batchline.producers.settings import Settings
from batchline.worker.store import lanes, redis_clock
from batchline.worker.store.message_ids import stream_order
from batchline.worker.store.store import Store

if TYPE_CHECKING:
    from batchline.worker.inspection.requests_filter import RequestsFilter

#: Accounts whose requests are read at most, where none is named: the ones that sent last.
MOST_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """One request to an API, and its answer; no value of a message is in it."""

    #: Stream id, unique within the account.
    id: str
    account: str
    #: UNIX ms at which it began.
    at: int
    lane: str
    operation: str
    method: str
    path: str
    #: An HTTP status, "timeout" or "broken".
    status: str
    ms: int
    #: Items of the request, messages that they stand for, bytes of its body.
    items: int
    messages: int
    bytes: int
    verdict: str
    words: str
    #: Ids of its first and last message; "" for a question without any.
    first: str
    last: str
    attempt: int
    #: Beginnings of its body and of the answer's, values masked.
    body: str
    answer: str

    @property
    def lane_operation(self) -> str:
        return self.lane.split(":")[1] if self.lane.count(":") == 2 else ""

    @property
    def status_class(self) -> str:
        return f"{self.status[0]}xx" if self.status.isdigit() else self.status

    @property
    def is_failed(self) -> bool:
        """Whether the API did not take it."""
        return self.verdict != "taken"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Found(NamedTuple):
    """The requests that fit a filter, the newest first."""

    requests: list[KeptRequest]
    #: Requests that were looked at, accounts that they are of, and accounts that there are.
    looked: int
    accounts: int
    of_accounts: int
    #: Whether more fit.
    more: bool


def accounts(store: Store, settings: Settings) -> list[str]:
    """The accounts that may have kept requests: of the settings, and of lanes."""
    return sorted({*settings.accounts, *(lane.account for lane in lanes.known(store))})


def find(
    store: Store, settings: Settings, wanted: RequestsFilter, count: int, skip: int = 0
) -> Found:
    """The newest `count` that fit, behind the first `skip`.

    All that an account keeps is read. Where no account is named, those of `MOST_ACCOUNTS` are.
    """
    named = [wanted.account] if wanted.account else accounts(store, settings)
    chosen = _newest(store, named) if len(named) > MOST_ACCOUNTS else named
    pipeline: Any = store.client.pipeline(transaction=False)
    for account in chosen:
        pipeline.xrevrange(store.keys.requests(account))
    answers = pipeline.execute()
    read = [
        one
        for account, rows in zip(chosen, answers, strict=True)
        for one in (_read(account, *row) for row in rows)
        if one is not None
    ]
    read.sort(key=lambda one: (one.at, stream_order(one.id)), reverse=True)
    now = redis_clock.now(store)
    fitting = [one for one in read if wanted.fits(one, now)]
    shown = fitting[skip : skip + count]
    return Found(shown, len(read), len(chosen), len(named), len(fitting) > skip + count)


def behind(store: Store, last: dict[str, str]) -> list[KeptRequest]:
    """The requests of each account behind that stream id, oldest first; `last` goes on to them."""
    pipeline: Any = store.client.pipeline(transaction=False)
    names = list(last)
    for account in names:
        pipeline.xrange(store.keys.requests(account), f"({last[account]}", "+")
    found = []
    for account, rows in zip(names, pipeline.execute(), strict=True):
        for id_, fields in rows:
            last[account] = id_.decode()
            one = _read(account, id_, fields)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda one: (one.at, stream_order(one.id)))


def _newest(store: Store, named: Sequence[str]) -> list[str]:
    """The accounts whose newest requests are the newest."""
    pipeline: Any = store.client.pipeline(transaction=False)
    for account in named:
        pipeline.xrevrange(store.keys.requests(account), count=1)
    heads = [
        (stream_order(rows[0][0].decode()), account)
        for account, rows in zip(named, pipeline.execute(), strict=True)
        if rows
    ]
    return [account for _, account in sorted(heads, reverse=True)[:MOST_ACCOUNTS]]


def _read(account: str, id_: bytes, fields: dict[bytes, bytes]) -> KeptRequest | None:
    """A row; None for one that another release has written in another form."""
    try:
        row = json.loads(fields[b"request"])
        at = stream_order(id_.decode())[0] - row.pop("ago")
        return KeptRequest(id=id_.decode(), account=account, at=at, **row)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None
