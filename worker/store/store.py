"""The store: a connection to the Redis that holds the lanes, and the keys there."""

from __future__ import annotations

import secrets

import redis

from batchline.producers.connections import Connections
from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings
from batchline.worker.store.reading import Reading

#: Where a first look at what is due ended: no member, and no score.
NOWHERE = (b"", b"")
#: Bytes read from a socket at once: the head of a lane is some hundred kB.
READ_SIZE = 1 << 18


class Store:
    """The Redis that holds the lanes: code that reads or changes them takes a store."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self.client = client
        self.keys = keys
        #: The name of this process as an owner of leases.
        self.owner = secrets.token_hex(6)
        #: Connections for the scripts, and for reading whole heads of lanes.
        self.connections = Connections(client)
        #: "due", "jobs" -> where this process' last look at what is due ended: a member of the
        #: sorted set, and its score.
        self.looked_at: dict[str, tuple[bytes, bytes]] = {}
        #: The last reading of Batchline's clock (`redis_clock.py`).
        self.reading: Reading | None = None

    @classmethod
    def open(cls, settings: Settings, timeout: float) -> Store:
        """The store that the settings name; one command waits `timeout` seconds at most.

        Raises `NoRedis` when they name none.
        """
        client = connect(settings.lanes_url(), timeout, READ_SIZE, settings.redis_ca_file)
        return cls(client, settings.keys)
