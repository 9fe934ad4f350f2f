"""A call past the lanes, for an application that needs a contact's id at once.

This module needs the worker's packages, the rest of the application's side no HTTP library.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Unpack

from batchline.producers.contact_options import ContactFields, DirectUpsertOptions
from batchline.producers.errors import (
    AccountRefused,
    CallRefused,
    CallUnanswered,
    NotInstalled,
    WrongSystem,
)
from batchline.producers.frames import without_values
from batchline.producers.settings import Settings
from batchline.systems import api_text
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


@without_values
def upsert_contact_now(
    email: str | None = None,
    *,
    account: str = "default",
    settings: Settings | None = None,
    **fields: Unpack[DirectUpsertOptions],
) -> str:
    """Add or change a contact at once by contact/upsert with `async: false`; returns its contactId.

    The `smclient` cookie needs the id. The fields are those of `upsert_contact`. Nothing is
    enqueued: the call goes ahead of messages that wait in the lane, and looks at neither rate
    limits nor breaker. It takes `timeout.connect` + `timeout.read` seconds of the account at most.
    There is no async form: run it in a thread. `settings` default to `batchline.toml` and the
    environment.

    Raises pydantic's ValidationError for a value that breaks a documented limit, NotInstalled,
    WrongSystem, UnknownAccount, CallRefused, AccountRefused or CallUnanswered (the last three are
    `DirectCallFailed`).
    """
    return _call(_message(email, fields), account, settings or Settings.load())


def _message(email: str | None, fields: Mapping[str, Any]) -> ContactUpsert:
    refused = sorted(fields.keys() & {"idempotency_key", "delay", "at", "async_", "producer"})
    if refused:
        raise ValueError(
            f"{', '.join(refused)}: not here, where nothing is enqueued and contact/upsert is "
            "called with async: false"
        )
    names = ContactFields.__annotations__
    contact = {name: value for name, value in fields.items() if name in names}
    rest = {name: value for name, value in fields.items() if name not in names}
    return ContactUpsert(contact={"email": email, **contact}, **rest, async_=False)


def _call(message: ContactUpsert, account_name: str, settings: Settings) -> str:
    account = settings.account(account_name)
    if not isinstance(account, SalesmanagoAccount):
        raise WrongSystem(message.operation, message.system, account_name, account.system)
    try:
        from batchline.worker.delivery.http import Http, NoAnswer
    except ImportError as error:
        raise NotInstalled(error.name or "the worker's packages") from None
    row = (message.contact_key(), message.options(), message.payload())
    items = Columns.of(message.operation, [row]).all()
    operation = account.operation(message.operation)
    ((request,),) = SYSTEM.adapter.plan(items, message.operation, operation, account)
    now = time.time()
    http = Http(account.timeout, 1, account.proxy, account.ca_file)
    try:
        answer = http.send(SYSTEM.adapter.call(request, account, now))
    except NoAnswer as error:
        raise CallUnanswered(str(error), error.sent) from None
    finally:
        http.close()
    outcome = SYSTEM.adapter.judge(request, answer, account, now)
    return _contact_id(api_text.cleaned(outcome, request.items))


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
