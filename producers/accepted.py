"""What a producer's calls have put into lanes so far, when some of them fail."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.producers.enqueue import Call
from batchline.producers.errors import EnqueueError, LaneFull, NotReplicated
from batchline.producers.lanes import Lane


class Accepted:
    """The ids of messages, call by call, and what was not accepted.

    A full lane is about that lane: the calls of others go on, its own do not, for the sake of their
    order. Any other error ends it.
    """

    def __init__(self, messages: int) -> None:
        self._ids: list[str | None] = [None] * messages
        self._full: dict[Lane, LaneFull] = {}

    def wants(self, call: Call) -> bool:
        return call.lane not in self._full

    def note(self, call: Call, given: Sequence[str]) -> None:
        """Put the ids of a call's messages to their places."""
        for index, message_id in zip(call.indexes, given, strict=True):
            self._ids[index] = message_id

    def failed(self, call: Call, error: EnqueueError) -> None:
        """Raises the error, unless other calls go on; it says what is enqueued all the same."""
        if isinstance(error, LaneFull):
            self._full[call.lane] = error
            return
        if isinstance(error, NotReplicated):
            self.note(call, error.ids)
        error.accepted = self._ids
        raise error

    def ids(self) -> list[str]:
        """Of all messages; raises the LaneFull of the first lane that was full."""
        for error in self._full.values():
            error.accepted = self._ids
            raise error
        return [message_id for message_id in self._ids if message_id is not None]
