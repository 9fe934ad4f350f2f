"""The application's side: producers put messages into lanes. Needs neither Celery nor requests.

`batchline` has the same names (`from batchline import Producer`).
"""

from __future__ import annotations

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
