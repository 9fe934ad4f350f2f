"""The bare Python loop: XRANGE 1,000, join, POST, XTRIM; no lease, no verdicts, no journal.

`python -m tests.bench.peers.bare_loop` is its worker. What any design on streams pays at least.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from tests.bench import payload
from tests.bench.frame import Worker
from tests.bench.peers import BROKER, HEADERS, SINK

LANE = "bench:lane"
FIELD = b"p"
#: Entries per XRANGE and events per request.
BATCH = 1_000


@dataclass(frozen=True)
class PipelinedXadd:
    """XADD in pipelines of `BATCH`, one round trip each."""

    name: str = "XADD, 1,000 per pipeline"
    events: int = 200_000

    def fill(self, redis_url: str, n: int) -> float:
        with Redis.from_url(redis_url) as redis:
            redis.ping()
            items = payload.items(n)
            started = time.perf_counter()
            for first in range(0, n, BATCH):
                pipeline = redis.pipeline(transaction=False)
                for _ in range(min(BATCH, n - first)):
                    pipeline.xadd(LANE, {FIELD: next(items)})
                pipeline.execute()
            return time.perf_counter() - started


@dataclass(frozen=True)
class SingleXadd:
    """One XADD per round trip."""

    name: str = "XADD, one per round trip"
    events: int = 20_000

    def fill(self, redis_url: str, n: int) -> float:
        with Redis.from_url(redis_url) as redis:
            redis.ping()
            started = time.perf_counter()
            for item in payload.items(n):
                redis.xadd(LANE, {FIELD: item})
            return time.perf_counter() - started


@dataclass(frozen=True)
class BareLoop:
    """One process, one thread."""

    name: str = "bare Python loop"
    events: int = 600_000
    enqueue: PipelinedXadd = PipelinedXadd()

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        return Worker([sys.executable, "-m", __name__], {BROKER: redis_url, SINK: sink_url})


def send_head(redis: Redis, session: requests.Session, url: str) -> int:
    """POST the first `BATCH` entries of the lane and cut them off; how many there were."""
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
    """Drain until stopped."""
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
