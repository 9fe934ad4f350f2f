"""From results to messages of a webhook's account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict

from batchline.producers.errors import Duplicate, EnqueueError, RedisUnavailable, Suppressed
from batchline.producers.outgoing import Outgoing
from batchline.producers.producer import Producer
from batchline.producers.result import Result
from batchline.producers.result_reader import group_of
from batchline.producers.results_loop import loop
from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.systems.text import escaped
from batchline.systems.webhook.messages import ResultPost

#: Seconds between two tries of a result that its lane could not take.
PAUSE = 1.0


#: Seconds after which what a killed forwarder had is given to another. While one waits, another may
#: take it too: the key of a result has it enqueued once.
CLAIM_AFTER = 2.0


def _nothing(error: EnqueueError) -> None:
    """What is done where nobody wants to know why a result waits."""


def _never() -> bool:
    return False


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
    on_wait: Callable[[EnqueueError], object] = _nothing,
    stop: Callable[[], bool] = _never,
) -> Iterator[Result]:
    """Enqueue each result for the account, and give it back; the account's own group reads them.

    A result is acknowledged when it is enqueued. One that comes again is enqueued once, within
    `idempotency_window`. While it cannot be enqueued, for whatever reason, it is tried again, and
    `on_wait` is given the reason each time. Without `follow` it ends when all are read, and raises
    RedisUnavailable. It also ends, within a second, when `stop` returns True: then the result in
    hand is enqueued and acknowledged, or neither. Raises UnknownAccount or NoWebhook.
    """
    system = settings.account(account).system
    if system != ResultPost.system:
        raise NoWebhook(account, system)
    return _forward(settings, account, None if follow else 0.0, on_lost, on_wait, stop)


def _forward(
    settings: Settings,
    account: str,
    timeout: float | None,
    on_lost: Callable[[int], object] | None,
    on_wait: Callable[[EnqueueError], object],
    stop: Callable[[], bool],
) -> Iterator[Result]:
    group, ends = group_of(account), timeout is not None
    with Producer(settings) as producer:
        while not stop():
            try:
                with closing(loop(group, settings, timeout, stop, on_lost, CLAIM_AFTER)) as results:
                    for result in results:
                        outgoing = message(result)._replace(account=account)
                        if not _enqueue(producer, outgoing, on_wait, stop):
                            return
                        yield result
                return
            except RedisUnavailable as error:
                if ends:
                    raise
                on_wait(error)
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


def _enqueue(
    producer: Producer,
    outgoing: Outgoing,
    on_wait: Callable[[EnqueueError], object],
    stop: Callable[[], bool],
) -> bool:
    """Enqueue it, however long that takes; whether it is enqueued, for it is not after `stop`."""
    while True:
        try:
            producer.send_all([outgoing])
            return True
        except Duplicate:
            return True  # it was enqueued before
        except Suppressed:
            return True  # its contact is to be told of no more
        except EnqueueError as error:
            # Its key makes each of them safe to repeat: NotReplicated waits for the replicas again.
            on_wait(error)
        if stop():
            return False
        time.sleep(PAUSE)
