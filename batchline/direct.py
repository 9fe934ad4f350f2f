"""A call past the lanes, for what the application must know at once: `upsert_contact(wait=True)`.

The one place where `producers` imports from `worker`, and only when it is called: an application
that enqueues and no more loads no HTTP library.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from batchline.producers.errors import (
    AccountRefused,
    CallRefused,
    CallUnanswered,
    NotInstalled,
    WrongSystem,
)
from batchline.producers.settings import Settings
from batchline.systems.account import SalesmanagoAccount
from batchline.systems.salesmanago.messages import ContactUpsert


def only_account(options: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """The account's name out of what was given; ValueError for what only an enqueued upsert has."""
    refused = sorted((options.keys() - {"account"}) | (fields.keys() & {"async_"}))
    if refused:
        raise ValueError(
            f"{', '.join(refused)}: not with wait=True, which enqueues nothing and calls "
            "contact/upsert with async: false"
        )
    return str(options.get("account", "default"))


def upsert(message: ContactUpsert, account_name: str, settings: Settings) -> str:
    """Call contact/upsert now, on a connection of its own; the contactId.

    The message must say `async: false`. Takes `timeout.connect` + `timeout.read` of the account at
    most, whose rate limits and breaker it does not look at. Raises NotInstalled, WrongSystem,
    UnknownAccount, CallRefused, AccountRefused or CallUnanswered.
    """
    account = settings.account(account_name)
    if not isinstance(account, SalesmanagoAccount):
        raise WrongSystem(message.operation, message.system, account_name, account.system)
    try:
        from batchline.systems.contract import Item
        from batchline.systems.salesmanago.adapter import Salesmanago
        from batchline.worker.delivery.http import Http, NoAnswer
    except ImportError as error:
        raise NotInstalled(error.name or "the worker's packages") from None
    operation, system, now = message.operation, Salesmanago(), time.time()
    item = Item(message.payload(), message.contact_key(), message.options(), (0,), operation)
    ((request,),) = system.plan([item], operation, account.operation(operation), account)
    http = Http(account.timeout, 1)
    try:
        answer = http.send(system.call(request, account, now))
    except NoAnswer as error:
        raise CallUnanswered(str(error), error.sent) from None
    finally:
        http.close()
    return _contact_id(system.judge(request, answer, account, now))


def _contact_id(outcome: object) -> str:
    from batchline.systems.verdicts import (
        CredentialsRefused,
        Dead,
        DestinationFailed,
        Judged,
        Refused,
    )

    match outcome:
        case Judged(exceptions={0: Dead(detail=detail)}) | Refused(detail):
            raise CallRefused(detail)
        case Judged(ids={0: contact_id}):
            return contact_id
        case CredentialsRefused(detail):
            raise AccountRefused(detail)
        case DestinationFailed(detail, ambiguous=ambiguous):
            raise CallUnanswered(detail, ambiguous)
    raise CallUnanswered("the answer holds no contactId", True)
