"""The store: a connection to the Redis that holds the lanes, and the keys there."""

from __future__ import annotations

import redis

from batchline.producers.connections import Connections
from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings

#: Bytes read at once: the head of a lane is some hundred kB.
READ_SIZE = 1 << 18


class Store:
    """What code that reads or changes lanes is given, instead of a bare connection."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self.client = client
        self.keys = keys
        #: For scripts, and for whole heads of lanes.
        self.connections = Connections(client)

    @classmethod
    def open(cls, settings: Settings, timeout: float) -> Store:
        """The settings' store; one command waits `timeout` seconds at most. NoRedis if none."""
        return cls(connect(settings.lanes_url(), timeout, READ_SIZE), settings.keys)
