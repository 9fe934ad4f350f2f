"""The bare Python loop: XRANGE 1,000, join, POST, XTRIM; no lease, no verdicts, no journal.

`python -m tests.bench.peers.bare_loop` is its worker. What any design on streams pays at least.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests
from redis import Redis

from tests.bench import payload, roles
from tests.bench.drain import Load, Place, Progress, Worker
from tests.bench.peers import BROKER, HEADERS, SINK
from tests.bench.sink import Role

LANE = "bench:lane"
FIELD = b"p"
#: Entries per XRANGE and events per request, and XADDs per pipeline.
BATCH = 1_000


def xadd_each(redis: Redis, items: Iterable[bytes]) -> None:
    """One XADD per round trip."""
    for item in items:
        redis.xadd(LANE, {FIELD: item})


def xadd_pipelined(redis: Redis, items: list[bytes]) -> None:
    """XADD in pipelines of `BATCH`, one round trip each."""
    for first in range(0, len(items), BATCH):
        pipeline = redis.pipeline(transaction=False)
        for item in items[first : first + BATCH]:
            pipeline.xadd(LANE, {FIELD: item})
        pipeline.execute()


@dataclass(frozen=True)
class BareLoop(Load):
    """One process, one thread."""

    messages: int
    name: str = "bare Python loop"
    role: Role = roles.EVENTS

    def fill(self, place: Place, progress: Progress) -> None:
        items = list(payload.items(self.messages))
        with Redis.from_url(place.redis_url) as redis:
            for first in range(0, self.messages, 10 * BATCH):
                xadd_pipelined(redis, items[first : first + 10 * BATCH])
                progress(min(first + 10 * BATCH, self.messages), self.messages)

    def worker(self, place: Place) -> Worker:
        env = {BROKER: place.redis_url, SINK: place.sink_url}
        return Worker([sys.executable, "-m", __name__], env)


def send_head(redis: Redis, session: requests.Session, url: str) -> int:
    """How many entries stood at the lane's head; they are POSTed and cut off."""
    entries: Any = redis.xrange(LANE, count=BATCH)
    if not entries:
        return 0
    body = payload.body([values[1] for _, values in entries])
    answer = session.post(url, data=body, headers=HEADERS, timeout=(5, 30))
    if not answer.json()["success"]:
        raise RuntimeError(answer.text)
    milliseconds, sequence = entries[-1][0].split(b"-")
    minid = b"%b-%d" % (milliseconds, int(sequence) + 1)
    redis.xtrim(LANE, minid=minid, approximate=False)
    return len(entries)


def main() -> None:
    """The loop drains the lane until it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    redis = Redis.from_url(os.environ[BROKER])
    # Entries as they arrive, [id, [field, value]]: redis-py's dicts would take a quarter more.
    redis.set_response_callback("XRANGE", lambda reply, **_: reply)
    session = requests.Session()
    session.trust_env = False  # no look-up of proxies and .netrc at every call
    while True:
        if not send_head(redis, session, os.environ[SINK]):
            time.sleep(0.05)


if __name__ == "__main__":
    main()
