"""The names that an application imports.

    from batchline import Contact, Event, Producer, salesmanago

A name is loaded when it is first used. So `import batchline` costs nothing, and enqueueing needs
neither Celery nor requests. `Contact` and `Event` belong to no system: they are mapped to a message
of each account that they are sent to. Each system has a module with its messages, such as
`salesmanago.ContactUpsert`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchline import ask, salesmanago
    from batchline.producers import (
        AccountRefused,
        AsyncProducer,
        BadArgument,
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
        Suppressed,
        TooManyAtOnce,
        TryLater,
        UnknownAccount,
        WrongSystem,
        default_producer,
        esputnik,
        message_from_row,
        results,
        results_async,
        salesmanago_mobile,
        smartsender,
    )

__all__ = [
    "AccountRefused",
    "AsyncProducer",
    "BadArgument",
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
    "Suppressed",
    "TooManyAtOnce",
    "TryLater",
    "UnknownAccount",
    "WrongSystem",
    "ask",
    "default_producer",
    "esputnik",
    "message_from_row",
    "results",
    "results_async",
    "salesmanago",
    "salesmanago_mobile",
    "smartsender",
]

#: Public names that are modules beside this one: `batchline.ask.salesmanago.has_contact(...)`.
_MODULES = {"ask", "salesmanago"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"batchline.{name}")
    value = getattr(import_module("batchline.producers"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
