"""A call past the lanes, for an application that needs a contact's id at once.

It keeps the order of its contact (`worker/delivery/ahead.py`).

This module needs the worker's packages, the rest of the application's side no HTTP library.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from redis.exceptions import RedisError

from batchline.producers import extras
from batchline.producers.errors import (
    AccountRefused,
    BadArgument,
    CallRefused,
    CallUnanswered,
    MessagesAhead,
    NotInstalled,
    RedisUnavailable,
    Suppressed,
    WrongSystem,
)
from batchline.producers.frames import without_values
from batchline.producers.lanes import Lane, partition_of
from batchline.producers.options import refuse_unknown, with_signature
from batchline.producers.salesmanago.fields import ContactFields, DirectUpsertFields, UpsertFields
from batchline.producers.settings import Settings, settings_or_those_in_force
from batchline.systems import api_text, wrong_url
from batchline.systems.columns import Columns
from batchline.systems.salesmanago import SYSTEM
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)

if TYPE_CHECKING:
    from batchline.worker.delivery.ahead import Place


@without_values
@with_signature
def upsert_contact_and_wait(
    email: str | None = None,
    *,
    account: str = "default",
    settings: Settings | None = None,
    wait: float = 10.0,
    even_if_behind: bool = False,
    **fields: Unpack[DirectUpsertFields],
) -> str:
    """Add or change a contact at once by contact/upsert with `async: false`; returns its contactId.

    The `smclient` cookie needs the id. The fields are those of `upsert_contact`. Nothing is
    enqueued, and the call looks at neither rate limits nor breaker. It keeps the order of its
    contact: it waits up to `wait` seconds for older messages of the contact in the lane, and for
    older calls, and then counts as the contact's newest message, so that no older one overwrites
    it, not even one that is replayed from the dead letters. Later messages of the contact wait
    until the call is over; where it was sent and not answered, `verify_after` longer. With
    `even_if_behind` it waits for nobody: older messages that still wait overwrite what it sets.

    After the wait it takes `timeout.connect` + `timeout.read` seconds of the account at most. There
    is no async form: run it in a thread. `settings` default to `batchline.toml` and the
    environment.

    Raises pydantic's ValidationError for a value that breaks a documented limit, NotInstalled,
    InvalidSettings (a secret that is not here), Suppressed, WrongSystem, UnknownAccount,
    RedisUnavailable, MessagesAhead, CallRefused, AccountRefused or CallUnanswered (the last four
    are `DirectCallFailed`).
    """
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait < 10**6:
        raise BadArgument("wait must be a number of seconds from 0 on")
    order = _Order(wait, even_if_behind)
    return _call(_message(email, fields), account, settings_or_those_in_force(settings), order)


class _Order(NamedTuple):
    """How a call keeps the order of its contact."""

    #: Seconds that it waits for older messages.
    wait: float
    #: Whether it goes ahead of those that wait then.
    even_if_behind: bool


#: Options of enqueueing, and of how the API is called.
NOT_HERE = {"idempotency_key", "anew", "delay", "at", "async_", "producer"}


def _message(email: str | None, fields: Mapping[str, Any]) -> ContactUpsert:
    refused = sorted(fields.keys() & NOT_HERE)
    if refused:
        raise BadArgument(
            f"{', '.join(refused)}: not here, where nothing is enqueued and contact/upsert is "
            "called with async: false"
        )
    # What only contact/batchupsertv2 takes is refused by the message itself.
    refuse_unknown(upsert_contact_and_wait, fields.keys() - UpsertFields.__annotations__.keys())
    names = ContactFields.__annotations__
    contact = {name: value for name, value in fields.items() if name in names}
    values: dict[str, Any] = {"contact": {"email": email, **contact}}
    values |= {name: value for name, value in fields.items() if name not in names}
    return ContactUpsert(**values, async_=False)


def _call(message: ContactUpsert, account_name: str, settings: Settings, order: _Order) -> str:
    account = settings.account(account_name)
    if not isinstance(account, SalesmanagoAccount):
        raise WrongSystem(message.operation, message.system, account_name, account.system)
    try:
        from batchline.worker.delivery.http import Http, NoAnswer
    except ImportError as error:
        if not extras.missing(error):
            raise
        raise NotInstalled(extras.explained(error)) from None
    settings.require_secrets(account_name)
    row = (message.contact_key(), message.options(), message.payload())
    items = Columns.of(message.operation, [row]).all()
    operation = account.operation(message.operation)
    ((request,),) = SYSTEM.adapter.plan(items, message.operation, operation, account)
    _refuse_suppressed(message, account_name, settings)
    lease = account.timeout.connect + account.timeout.read + account.verify_after
    place = _take_turn(message, account_name, operation.partitions, settings, lease, order)
    now, in_doubt = time.time(), True
    http = Http(account.timeout, 1, account.proxy, account.ca_file)
    try:
        answer = http.send(SYSTEM.adapter.call(request, account, now))
        in_doubt = False
    except NoAnswer as error:
        in_doubt = error.sent
        raise CallUnanswered(str(error), error.sent) from None
    finally:
        http.close()
        if not in_doubt:
            _leave_place(place, settings)
    judged = SYSTEM.adapter.judge(request, answer, account, now)
    outcome = wrong_url.explained(judged, answer, account)
    return _contact_id(api_text.cleaned(outcome, request.items, account.secret_texts()))


def _refuse_suppressed(message: ContactUpsert, account: str, settings: Settings) -> None:
    """Raise Suppressed for a contact of the suppression list, whatever the settings drop."""
    from batchline.worker.delivery import ahead

    try:
        is_suppressed = ahead.is_suppressed(settings, account, message)
    except RedisError as error:
        raise RedisUnavailable(f"Redis cannot be asked, nothing was done: {error}") from error
    if is_suppressed:
        raise Suppressed([None], [0])


def _take_turn(
    message: ContactUpsert,
    account: str,
    partitions: int,
    settings: Settings,
    lease: float,
    order: _Order,
) -> Place:
    """Wait for older messages of the contact; then take the call's place behind them.

    The place is taken before the call: if this process ends meanwhile, the API may have taken it.
    """
    from batchline.worker.delivery import ahead

    contacts = sorted(message.contact_keys())
    partition = partition_of(message.contact_key(), partitions)
    lane = Lane(account, message.lane_operation(), partition)
    try:
        taken = ahead.take_turn(settings, lane, partitions, contacts, lease, *order)
    except RedisError as error:
        raise RedisUnavailable(f"Redis cannot be asked, nothing was done: {error}") from error
    if isinstance(taken, int):
        raise MessagesAhead(taken, f"{lane.account}:{lane.operation}", order.wait)
    return taken


def _leave_place(place: Place, settings: Settings) -> None:
    """Let later messages go. They go on by themselves, only later, where Redis cannot be asked."""
    from batchline.worker.delivery import ahead

    with suppress(RedisError):
        ahead.leave_place(settings, place)


def _contact_id(outcome: Outcome) -> str:
    match outcome:
        case Judged(exceptions={0: Dead(detail=detail)}) | Refused(detail):
            raise CallRefused(detail)
        case Judged(ids={0: contact_id}):
            return contact_id
        case DestinationFailed(detail, blocked=True):
            raise CallRefused(detail)
        case CredentialsRefused(detail):
            raise AccountRefused(detail)
        case DestinationFailed(detail, ambiguous=ambiguous):
            raise CallUnanswered(detail, ambiguous)
    raise CallUnanswered("the answer holds no contactId", True)
