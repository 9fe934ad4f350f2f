"""The next head of a lane, read while an HTTP call is under way."""

from __future__ import annotations

from contextlib import suppress

from redis.exceptions import RedisError

from batchline.producers.connections import Connection
from batchline.worker.store import head
from batchline.worker.store.batch import Batch
from batchline.worker.store.store import Store


class Prefetch:
    """Reads the messages behind a batch in its lane; only the lane's owner takes messages off it.

    It reads nothing behind a batch that was not full: no message was waiting there. Nor does it
    read in a lane that holds large messages, for one batch of them takes memory enough.
    """

    def __init__(
        self, store: Store, batch: Batch, batch_size: int, horizon: str, *, wanted: bool = True
    ) -> None:
        """`horizon`: the stream id up to which the lane holds no large message (`Lease`).

        `wanted`: whether all messages of the batch are to be sent.
        """
        self._store = store
        self._batch = batch
        self._size = batch_size
        self._connection: Connection | None = None
        self._horizon = horizon
        self._begun = len(batch) < batch_size or not horizon or not wanted

    def begin(self) -> None:
        """Send the command that reads, once; if that fails, the head is read later."""
        if self._begun:
            return
        self._begun = True
        lane, after = self._batch.lane, self._batch.ids[-1].decode()
        connection = self._store.connections.borrow()
        with suppress(RedisError, OSError):
            command = head.behind(self._store, lane, after, self._horizon, self._size)
            connection.begin(command)
            self._connection = connection

    def take(self) -> Batch | None:
        """The next batch, if it is a full one."""
        connection, self._connection = self._connection, None
        if connection is None:
            return None
        try:
            reply = connection.read()
        except (RedisError, OSError):
            connection.close()
            return None
        self._store.connections.give_back(connection)
        is_full = len(reply) == self._size
        return Batch.read(self._batch.lane, head.fitting(reply)) if is_full else None

    def drop(self) -> None:
        """Close the connection of an answer that nobody takes."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
