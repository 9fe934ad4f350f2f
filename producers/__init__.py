"""The application's side: producers put messages into lanes. Needs neither Celery nor requests.

`batchline` has the same names (`from batchline import Producer`). A name is loaded when it is first
used, so that a module of this package costs no more than it imports itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchline.producers.aio import AsyncProducer
    from batchline.producers.errors import (
        AccountRefused,
        BadArgument,
        CallRefused,
        CallUnanswered,
        CannotMap,
        DirectCallFailed,
        Duplicate,
        EnqueueError,
        InvalidSettings,
        LaneFull,
        LimitReached,
        MadeForAnother,
        MessagesAhead,
        MessageTooLarge,
        NoRedis,
        NoRoute,
        NotInstalled,
        NotReplicated,
        NotTried,
        OutcomeUnknown,
        QuestionUnanswered,
        RedisUnavailable,
        ResultsLost,
        Suppressed,
        TooManyAtOnce,
        TryLater,
        UnknownAccount,
        WrongSystem,
    )
    from batchline.producers.neutral import Contact, Event
    from batchline.producers.outgoing import Outgoing
    from batchline.producers.producer import Producer, default_producer
    from batchline.producers.result import Result
    from batchline.producers.results_loop import results, results_async
    from batchline.producers.rows import message_from_row
    from batchline.producers.settings import Settings
    from batchline.systems.errors import BatchlineError
    from batchline.systems.esputnik import messages as esputnik
    from batchline.systems.message import Message
    from batchline.systems.salesmanago_mobile import messages as salesmanago_mobile
    from batchline.systems.smartsender import messages as smartsender

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
    "default_producer",
    "esputnik",
    "message_from_row",
    "results",
    "results_async",
    "salesmanago_mobile",
    "smartsender",
]

#: Module below `batchline` -> the names that it has; all others are `producers.errors`' own.
_OF_MODULES = {
    "producers.aio": ("AsyncProducer",),
    "producers.neutral": ("Contact", "Event"),
    "producers.outgoing": ("Outgoing",),
    "producers.producer": ("Producer", "default_producer"),
    "producers.result": ("Result",),
    "producers.results_loop": ("results", "results_async"),
    "producers.rows": ("message_from_row",),
    "producers.settings": ("Settings",),
    "systems.errors": ("BatchlineError",),
    "systems.message": ("Message",),
}
_MODULE_OF = {name: module for module, names in _OF_MODULES.items() for name in names}
#: Systems whose messages are a module of this name.
_SYSTEMS = ("esputnik", "salesmanago_mobile", "smartsender")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _SYSTEMS:
        value: Any = import_module(f"batchline.systems.{name}.messages")
    else:
        module = _MODULE_OF.get(name, "producers.errors")
        value = getattr(import_module(f"batchline.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
