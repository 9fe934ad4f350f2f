"""The names that an application imports.

    from batchline import Producer, add_external_event, salesmanago

A name is loaded when it is first used. So `import batchline` costs nothing, and enqueueing needs
neither Celery nor requests. Each system has a module with its messages, such as
`salesmanago.ContactUpsert`. `Contact` and `Event` belong to no system: they are mapped to a message
of each account that they are sent to.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchline import ask
    from batchline.direct import upsert_contact_now
    from batchline.producers import (
        AccountRefused,
        AsyncProducer,
        BatchlineError,
        CallRefused,
        CallUnanswered,
        CannotMap,
        Contact,
        DirectCallFailed,
        Duplicate,
        EnqueueError,
        Event,
        InvalidSettings,
        LaneFull,
        LimitReached,
        MadeForAnother,
        Message,
        MessagesAhead,
        MessageTooLarge,
        NoRedis,
        NoRoute,
        NotInstalled,
        NotReplicated,
        NotTried,
        OutcomeUnknown,
        Outgoing,
        Producer,
        QuestionUnanswered,
        RedisUnavailable,
        Result,
        ResultsLost,
        Settings,
        TooManyAtOnce,
        UnknownAccount,
        WrongSystem,
        add_coupon,
        add_external_event,
        add_note,
        default_producer,
        delete_contact,
        delete_external_event,
        esputnik,
        modify_points,
        redeem_coupon,
        results,
        results_async,
        salesmanago,
        salesmanago_mobile,
        send_email,
        send_message,
        send_push,
        set_contact_owner,
        smartsender,
        update_external_event,
        upsert_contact,
    )

__all__ = [
    "AccountRefused",
    "AsyncProducer",
    "BatchlineError",
    "CallRefused",
    "CallUnanswered",
    "CannotMap",
    "Contact",
    "DirectCallFailed",
    "Duplicate",
    "EnqueueError",
    "Event",
    "InvalidSettings",
    "LaneFull",
    "LimitReached",
    "MadeForAnother",
    "Message",
    "MessageTooLarge",
    "MessagesAhead",
    "NoRedis",
    "NoRoute",
    "NotInstalled",
    "NotReplicated",
    "NotTried",
    "OutcomeUnknown",
    "Outgoing",
    "Producer",
    "QuestionUnanswered",
    "RedisUnavailable",
    "Result",
    "ResultsLost",
    "Settings",
    "TooManyAtOnce",
    "UnknownAccount",
    "WrongSystem",
    "add_coupon",
    "add_external_event",
    "add_note",
    "ask",
    "default_producer",
    "delete_contact",
    "delete_external_event",
    "esputnik",
    "modify_points",
    "redeem_coupon",
    "results",
    "results_async",
    "salesmanago",
    "salesmanago_mobile",
    "send_email",
    "send_message",
    "send_push",
    "set_contact_owner",
    "smartsender",
    "update_external_event",
    "upsert_contact",
    "upsert_contact_now",
]

#: Name -> its module, for names that do not come from `batchline.producers`.
_ELSEWHERE = {"upsert_contact_now": "batchline.direct"}
#: Names that are modules of ours: `batchline.ask.salesmanago.has_contact(...)`.
_MODULES = ("ask",)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"batchline.{name}")
    value = getattr(import_module(_ELSEWHERE.get(name, "batchline.producers")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
