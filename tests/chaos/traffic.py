"""The application: threads that enqueue what the oracle hands them, and note what they are told."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from batchline.producers import (
    AsyncProducer,
    EnqueueError,
    OutcomeUnknown,
    Outgoing,
    Producer,
    Settings,
)
from tests.chaos import releases
from tests.chaos.oracle import Handed, Obligation, Writer

#: Threads that enqueue, each with contacts of its own.
WRITERS = 4
#: Messages per second of all together.
RATE = 160
#: Share of failed calls whose messages are not sent again (upserts always are, for their order).
GIVE_UP_SHARE = 0.25
#: Seconds after which a writer that was told to stop does not try any more.
LAST_TRY = 20.0

Send = Callable[[list[Outgoing]], list[str]]


class Traffic:
    """All writers."""

    def __init__(self, settings: Settings, seed: int, poison: Callable[[str], None]) -> None:
        releases.let_threads_write_newer()
        self._producer = Producer(settings)
        self._asynchronous = _Asynchronous(settings)
        self._over = threading.Event()
        #: Errors that producers raised, by class.
        self.errors: Counter[str] = Counter()
        self.threads = [
            _Thread(
                Writer(number, seed, poison),
                self._asynchronous.send_all if number == 0 else self._producer.send_all,
                self._over,
                self.errors,
            )
            for number in range(WRITERS)
        ]

    @property
    def obligations(self) -> list[Obligation]:
        return [one for thread in self.threads for one in list(thread.writer.obligations)]

    @property
    def crashes(self) -> list[str]:
        """What ended a writer that should have gone on, or keeps it from ending."""
        found = [thread.crash for thread in self.threads if thread.crash]
        stuck = [thread.name for thread in self.threads if thread.is_alive()]
        return [*found, *(f"{name} waits for its producer and never ends" for name in stuck)]

    def newer(self, newer: bool) -> None:
        """Whether one of the writers is of a newer release."""
        self.threads[-1].is_newer = newer

    def calm(self, calm: bool) -> None:
        """Whether nothing is handed out that a gateway minds or that the API falls over."""
        for thread in self.threads:
            thread.writer.calm = calm

    def introduce(self) -> None:
        """Enqueue the first upsert of every contact."""
        for thread in self.threads:
            thread.enqueue(thread.writer.introductions())

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let every writer finish what it has begun."""
        self._over.set()
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(2 * LAST_TRY)

    def come_by(self, account: str, operation: str) -> None:
        """Enqueue one message that nobody minds, when the writers have stopped."""
        thread = random.choice(self.threads[1:])
        thread.enqueue([thread.writer.passer_by(account, operation)])

    def close(self) -> None:
        """Give up the connections."""
        self._producer.close()
        self._asynchronous.close()


class _Thread(threading.Thread):
    def __init__(
        self, writer: Writer, send: Send, over: threading.Event, errors: Counter[str]
    ) -> None:
        super().__init__(name=f"writer-{writer.number}", daemon=True)
        self.writer = writer
        self.crash = ""
        self.is_newer = False
        self._send = send
        self._over = over
        self._errors = errors
        self._stopped_at: float | None = None

    def run(self) -> None:
        try:
            while not self._over.is_set():
                chunk = self.writer.chunk(time.monotonic())
                self.enqueue(chunk)
                self._over.wait(self.writer.dice.uniform(0.5, 1.5) * len(chunk) / RATE * WRITERS)
            self.enqueue(list(self.writer.late()))
        except Exception:
            self.crash = traceback.format_exc()

    def enqueue(self, chunk: list[Handed]) -> None:
        """Enqueue a chunk, in order, again and again until it is acknowledged or given up."""
        uncertain = False
        while chunk:
            try:
                with releases.writing(self.is_newer):
                    ids: list[str | None] = list(self._send([one.outgoing for one in chunk]))
            except EnqueueError as error:
                self._errors[type(error).__name__] += 1
                uncertain = uncertain or isinstance(error, OutcomeUnknown)
                chunk = _note(chunk, error.accepted)
                chunk = self._without_given_up(chunk, uncertain)
                time.sleep(0.05)
            else:
                chunk = _note(chunk, ids)

    def _without_given_up(self, chunk: list[Handed], uncertain: bool) -> list[Handed]:
        if self._over.is_set():
            self._stopped_at = self._stopped_at or time.monotonic()
            last = time.monotonic() > self._stopped_at + LAST_TRY
        else:
            last = False
        if not last and self.writer.dice.random() >= GIVE_UP_SHARE:
            return chunk
        given_up = [one for one in chunk if last or one.obligation.operation != "contact.upsert"]
        for handed in given_up:
            handed.obligation.state = "unknown" if uncertain else "refused"
        return [handed for handed in chunk if handed.obligation.state == "pending"]


def _note(chunk: list[Handed], ids: list[str | None]) -> list[Handed]:
    """Write the acknowledgements down; what is left."""
    for handed, message_id in zip(chunk, ids, strict=True):
        if message_id is not None:
            handed.obligation.message_id = message_id
            handed.obligation.state = "acknowledged"
            handed.obligation.acknowledged_at = time.monotonic()
    return [handed for handed in chunk if handed.obligation.state == "pending"]


class _Asynchronous:
    """An `AsyncProducer` with a loop of its own."""

    def __init__(self, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        self._producer = AsyncProducer(settings)

    def send_all(self, outgoing: list[Outgoing]) -> list[str]:
        return self._loop.run_until_complete(self._producer.send_all(outgoing))

    def close(self) -> None:
        with suppress(RuntimeError):
            self._loop.run_until_complete(self._producer.close())
            self._loop.close()
