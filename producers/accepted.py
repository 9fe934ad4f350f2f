"""The ids of the messages that a producer's calls have enqueued, when some of the calls fail."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.producers.enqueue import Call
from batchline.producers.errors import (
    Duplicate,
    Ended,
    EnqueueError,
    LaneFull,
    NotReplicated,
    Suppressed,
    TooManyAtOnce,
)
from batchline.producers.lanes import Lane


class Accepted:
    """Collects the ids of enqueued messages, call by call, and the lanes that were full.

    A full lane stops its own later calls only, so that its messages stay in order. A key whose
    message is dead or purged stops none, nor does a contact that is suppressed. Any other error
    stops all calls.
    """

    def __init__(self, messages: int) -> None:
        self._ids: list[str | None] = [None] * messages
        self._full: dict[Lane, LaneFull | TooManyAtOnce] = {}
        self._duplicates: dict[int, Ended] = {}
        self._suppressed: list[int] = []

    def wants(self, call: Call) -> bool:
        """Whether the call is still to be made: its lane was not full before."""
        return call.lane not in self._full

    def note(self, call: Call, message_ids: Sequence[str | None]) -> None:
        """Record the ids of a call's messages."""
        for index, message_id in zip(call.indexes, message_ids, strict=True):
            self._ids[index] = message_id

    def failed(self, call: Call, error: EnqueueError) -> None:
        """Raise the error with the ids of enqueued messages as its `accepted`.

        A LaneFull, a Suppressed or a Duplicate is kept for `ids` instead: the calls of other lanes
        go on.
        """
        if isinstance(error, Duplicate | Suppressed):
            self.note(call, error.ids)
            if isinstance(error, Suppressed):
                self._suppressed += [call.indexes[index] for index in error.suppressed]
            for index, ended in error.duplicates.items():
                self._duplicates[call.indexes[index]] = ended
            return
        if isinstance(error, LaneFull | TooManyAtOnce):
            self._full[call.lane] = error
            return
        if isinstance(error, NotReplicated):
            self.note(call, error.ids)
        error.accepted = self._ids
        raise error

    def ids(self) -> list[str]:
        """The ids of all messages.

        Raises the LaneFull of the first lane that was full, or the Suppressed or the Duplicate of
        all calls.
        """
        errors: list[EnqueueError] = list(self._full.values())
        if self._suppressed:
            others = dict(sorted(self._duplicates.items()))
            errors.append(Suppressed(self._ids, sorted(self._suppressed), others))
        if self._duplicates:
            errors.append(Duplicate(self._ids, dict(sorted(self._duplicates.items()))))
        for error in errors:
            error.accepted = self._ids
            raise error
        return [message_id for message_id in self._ids if message_id is not None]
