"""The ids of the messages that a producer's calls have enqueued, when some of the calls fail."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.producers.enqueue import Call
from batchline.producers.errors import EnqueueError, LaneFull, NotReplicated
from batchline.producers.lanes import Lane


class Accepted:
    """Collects the ids of enqueued messages, call by call, and the lanes that were full.

    A full lane stops its own later calls only, so that its messages stay in order. Any other error
    stops all calls.
    """

    def __init__(self, messages: int) -> None:
        self._ids: list[str | None] = [None] * messages
        self._full: dict[Lane, LaneFull] = {}

    def wants(self, call: Call) -> bool:
        """Whether the call is still to be made: its lane was not full before."""
        return call.lane not in self._full

    def note(self, call: Call, message_ids: Sequence[str]) -> None:
        """Record the ids of a call's messages."""
        for index, message_id in zip(call.indexes, message_ids, strict=True):
            self._ids[index] = message_id

    def failed(self, call: Call, error: EnqueueError) -> None:
        """Raise the error with the ids of enqueued messages as its `accepted`.

        A LaneFull is kept for `ids` instead: the calls of other lanes go on.
        """
        if isinstance(error, LaneFull):
            self._full[call.lane] = error
            return
        if isinstance(error, NotReplicated):
            self.note(call, error.ids)
        error.accepted = self._ids
        raise error

    def ids(self) -> list[str]:
        """The ids of all messages; raises the LaneFull of the first lane that was full."""
        for error in self._full.values():
            error.accepted = self._ids
            raise error
        return [message_id for message_id in self._ids if message_id is not None]
