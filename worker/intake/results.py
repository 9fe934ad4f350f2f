"""From results to messages of a webhook's account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

from batchline.producers.errors import (
    Duplicate,
    LaneFull,
    OutcomeUnknown,
    RedisUnavailable,
)
from batchline.producers.outgoing import Outgoing
from batchline.producers.producer import Producer
from batchline.producers.result import Result
from batchline.producers.results_loop import loop
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.systems.text import escaped
from batchline.systems.webhook.messages import ResultPost

#: Seconds between two tries of a result that its lane could not take.
PAUSE = 1.0


class NoWebhook(BatchlineError):
    """The account that is to get results is not of the system `webhook`."""

    def __init__(self, name: str, system: str) -> None:
        super().__init__(
            f'account {name!r} is of {system}: results go to an account with system = "webhook"'
        )


def forward(
    settings: Settings,
    account: str,
    follow: bool = False,
    on_lost: Callable[[int], object] | None = None,
) -> Iterator[Result]:
    """Enqueue each result for the account, and give it back; the account's own group reads them.

    A result is acknowledged when it is enqueued. One that comes again is enqueued once, within
    `idempotency_window`. While its lane is full, or Redis away, it is tried again. Without `follow`
    it ends when all are read, and raises RedisUnavailable. Raises UnknownAccount or NoWebhook.
    """
    system = settings.account(account).system
    if system != ResultPost.system:
        raise NoWebhook(account, system)
    return _forward(settings, account, None if follow else 0.0, on_lost)


def _forward(
    settings: Settings,
    account: str,
    timeout: float | None,
    on_lost: Callable[[int], object] | None,
) -> Iterator[Result]:
    group, ends = f"webhook-{account}", timeout is not None
    with Producer(settings) as producer:
        while True:
            try:
                for result in loop(group, settings, timeout=timeout, on_lost=on_lost):
                    _enqueue(producer, message(result), account)
                    yield result
                return
            except RedisUnavailable:
                if ends:
                    raise
                time.sleep(PAUSE)


def message(result: Result) -> Outgoing:
    """The result as a message; its key is the same when it comes again.

    An idempotency key may hold control characters, a message may not: they are escaped.
    """
    fields = {
        name: escaped(value) if isinstance(value, str) else value
        for name, value in asdict(result).items()
    }
    post = ResultPost.model_validate(fields)
    return Outgoing(post, idempotency_key=f"{result.number}@{result.at}")


def _enqueue(producer: Producer, outgoing: Outgoing, account: str) -> None:
    while True:
        try:
            producer.send_all([outgoing._replace(account=account)])
            return
        except Duplicate:
            return  # it was enqueued before
        except (LaneFull, OutcomeUnknown, RedisUnavailable):
            time.sleep(PAUSE)
