"""The table of every metric: name, type, unit, labels, where it comes from, what to do. Pure.

A store metric says what stands in Redis: one exporter serves it. A worker metric says what one
process did: each worker serves its own. A name is one or the other, but for the version. No label
ever holds an id, a contact, an address or a text of an API.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchline.worker.metrics.metric import (
    LANE,
    LATE_AFTER,
    Metric,
    lane_total,
    of_lane,
    of_store,
    of_worker,
)

BUILD_INFO = Metric(
    "batchline_build_info",
    "gauge",
    "",
    ("version", "python", "celery", "redis"),
    "both",
    "Always 1; the labels say which versions run. Two at once outside of a rollout: update.",
)

# What the store shows

BACKLOG = of_lane(
    "batchline_lane_backlog_messages",
    "messages",
    "Messages that wait, those in flight included. It grows and stays: `batchline status`.",
)
OLDEST_AGE = of_lane(
    "batchline_lane_oldest_message_age_seconds",
    "seconds",
    "Since the oldest waiting message entered its lane; absent when none waits. Alert on this, "
    "not on the backlog.",
)
IN_FLIGHT = of_lane(
    "batchline_lane_in_flight_messages",
    "messages",
    "Messages of the batches that workers deliver now. 0 beside an old message: nobody serves it.",
)
FAILURES = of_lane(
    "batchline_lane_failures_in_a_row",
    "batches",
    "Failed tries of the destination in a row, the most of any partition. `batchline status` has "
    "the words of the API.",
)
DUE_LAG = of_lane(
    "batchline_lane_due_lag_seconds",
    "seconds",
    "For how long a lane has been due without a worker that begins it; absent when none is. "
    "More than a minute: more workers, or a higher --concurrency.",
)
STANDSTILL = of_lane(
    "batchline_lane_standstill_seconds",
    "seconds",
    "For how long a lane with messages has not moved, though nothing tells it to wait: no pause, "
    "no breaker, no backoff, no limit, no linger. Absent when it moves. Are there workers?",
)
PAUSED = of_lane(
    "batchline_lane_paused",
    "state",
    "1 while it is held: by a person (command), refused credentials, or the flood guard. Mend the "
    "cause, then `batchline resume`.",
    "why",
)
PARKED = of_lane(
    "batchline_parked_messages",
    "messages",
    "Messages that wait outside their lane: for their contact, for a time that was asked for "
    "(delayed), behind an older one of their contact, under suspicion, or until the API can say "
    "whether it took them (ambiguous).",
    "why",
)
PARKED_AGE = of_lane(
    "batchline_parked_oldest_age_seconds",
    "seconds",
    "Since the oldest parked message was accepted, of the 1,000 that come back next; absent when "
    "there is none. Are the upserts of these contacts delivered?",
    "why",
)
DEAD = of_lane(
    "batchline_dead_letters",
    "messages",
    "Dead letters that stand now, of reasons that there ever was one of. `batchline dead list "
    "--reason REASON`; replay or purge them.",
    "reason",
)
ACCEPTED = lane_total(
    "batchline_accepted_messages_total",
    "messages",
    "Messages that applications were given an id for. None any more: look at the applications.",
)
DELIVERED = lane_total(
    "batchline_delivered_messages_total",
    "messages",
    "Messages that the API took, those that a job called invalid later included.",
)
MERGED = lane_total(
    "batchline_merged_messages_total",
    "messages",
    "Delivered messages that travelled inside another one of their contact.",
)
PURGED = lane_total(
    "batchline_purged_messages_total", "messages", "Dead letters that a person deleted."
)
ERASED = lane_total(
    "batchline_erased_messages_total",
    "messages",
    "Messages that were erased, or dropped for their contact is suppressed (docs/erase.md).",
)
DIED = lane_total(
    "batchline_dead_messages_total",
    "messages",
    "Messages that ever became dead letters. It rises: `batchline dead list --reason REASON`.",
    "reason",
)
LATE = lane_total(
    "batchline_late_messages_total",
    "messages",
    f"Delivered messages that had waited for more than {LATE_AFTER} s since they were accepted, "
    "were due, or were replayed. Its share of the delivered is the service level.",
)
UNCONFIRMED = lane_total(
    "batchline_unconfirmed_messages_total",
    "messages",
    "Messages whose job never said what became of them. Look at some of these contacts there.",
)
LANE_REQUESTS = lane_total(
    "batchline_lane_requests_total", "requests", "Requests that were made for the lane's messages."
)
LANE_FAILED = lane_total(
    "batchline_lane_failed_requests_total",
    "requests",
    "Requests that got no usable answer, or found no host. Nothing is lost: the lane tries again.",
)
LANES = of_store(
    "batchline_lanes", "gauge", "lanes", (), "Lanes that ever held a message, partitions counted."
)
LANES_DUE = of_store(
    "batchline_lanes_due",
    "gauge",
    "lanes",
    (),
    "Lanes that are due now and that no worker has begun: scale the workers by this.",
)
MAX_AGE = of_store(
    "batchline_max_age_seconds",
    "gauge",
    "seconds",
    ("account",),
    "The account's `max_age`: messages of a destination that failed for so long become dead.",
)
BOOKS = of_store(
    "batchline_books_difference_messages",
    "gauge",
    "messages",
    ("account",),
    "accepted - delivered - parked - dead - purged - erased - backlog. Not 0 at rest: a fault of "
    "Batchline, keep the journal and report it.",
)
BREAKER = of_store(
    "batchline_breaker_state",
    "gauge",
    "state",
    (*LANE, "batchline_breaker_state"),
    "1 for the state of the operation's breaker (or its host's). open: the API fails so often that "
    "the lanes stay away; one probes by itself.",
)
JOBS_OPEN = of_store(
    "batchline_jobs_open",
    "gauge",
    "",
    ("account",),
    "Jobs of the API that have not said yet what became of their messages.",
)
JOBS_AGE = of_store(
    "batchline_jobs_oldest_age_seconds",
    "gauge",
    "seconds",
    ("account",),
    "Since the first message of the oldest open job was accepted; absent when none is open. Above "
    "`jobs.until`: is there a worker?",
)
WORKERS = of_store(
    "batchline_workers",
    "gauge",
    "",
    (),
    "Worker processes that looked for due lanes within the last 30 s. 0: start workers, or compare "
    "`batchline config` on both sides.",
)
TROUBLES = of_store(
    "batchline_troubles",
    "gauge",
    "",
    ("kind",),
    "Troubles that last now, by kind (docs/operations.md#told). `batchline status --check` names "
    "each, and what to do.",
)
REDIS_UP = of_store(
    "batchline_redis_up",
    "gauge",
    "state",
    ("role",),
    "1 when the Redis of the lanes, or of the broker, answers. 0: nothing is lost, see to it.",
)
REDIS_MEMORY = of_store(
    "batchline_redis_memory_used_bytes",
    "gauge",
    "bytes",
    ("role",),
    "used_memory of this Redis. It grows and stays: does a backlog, or do dead letters?",
)
REDIS_RATIO = of_store(
    "batchline_redis_memory_used_ratio",
    "gauge",
    "ratio",
    ("role",),
    "used_memory of maxmemory; absent without a maxmemory. At 1 producers are refused: workers, "
    "`dead purge`, more memory.",
)
REDIS_EVICTED = of_store(
    "batchline_redis_evicted_keys_total",
    "counter",
    "",
    ("role",),
    "Keys that Redis threw away to make room: set maxmemory-policy to noeviction.",
)

# What a worker did

BATCHES = of_worker(
    "batchline_batches_total",
    "counter",
    "batches",
    (*LANE, "outcome"),
    "Batches that were settled: done, failed (the API), refused (credentials, flood), waits.",
)
BATCH_MESSAGES = of_worker(
    "batchline_batch_messages",
    "histogram",
    "messages",
    LANE,
    "Messages of a batch. Small ones beside a backlog: raise `linger` or `batch_size`.",
    (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 3000),
)
FILL = of_worker(
    "batchline_batch_fill_ratio",
    "histogram",
    "ratio",
    LANE,
    "Messages of a batch, of the `batch_size` of its lane.",
    (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1),
)
REQUESTS = of_worker(
    "batchline_requests_total",
    "counter",
    "requests",
    (*LANE, "status", "verdict"),
    "Requests by HTTP status class (200, 2xx, 3xx, 4xx, 429, 5xx, timeout, broken) and what came "
    "of them (taken, refused, failed, throttled, credentials).",
)
REQUEST_SECONDS = of_worker(
    "batchline_request_duration_seconds",
    "histogram",
    "seconds",
    (*LANE, "method"),
    "From the request to its whole answer. It grows: the API slows down; ask the vendor.",
    (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
LATENCY = of_worker(
    "batchline_delivery_latency_seconds",
    "histogram",
    "seconds",
    LANE,
    "From acceptance (or when it was due, or replayed) to delivery. Counted batch by batch; the "
    "sum is estimated from a few messages of each.",
    (0.1, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14400, 86400, 259200),
)
RETRIES = of_worker(
    "batchline_retries_total",
    "counter",
    "batches",
    (*LANE, "cause"),
    "Batches that are tried again: host, operation, throttled, blocked, credentials.",
)
LIMIT_WAITS = of_worker(
    "batchline_rate_limit_waits_total",
    "counter",
    "",
    ("account",),
    "Times that requests had to wait for `limits`. Often: ask the vendor for more, or raise them.",
)
LIMIT_SECONDS = of_worker(
    "batchline_rate_limit_wait_seconds_total",
    "counter",
    "seconds",
    ("account",),
    "Seconds for which lanes were told to wait by `limits`.",
)
CLAIMS = of_worker(
    "batchline_claims_total",
    "counter",
    "",
    ("result",),
    "Tries to take a lane: claimed, busy, early, operation and host (breakers), foreign, paused, "
    "empty.",
)
THREADS = of_worker(
    "batchline_worker_threads",
    "gauge",
    "",
    ("account",),
    "Lanes of the account that this worker delivers at once at most (--concurrency).",
)
THREADS_BUSY = of_worker(
    "batchline_worker_threads_busy",
    "gauge",
    "",
    ("account",),
    "Lanes of the account that this worker delivers now. At the most for long: more workers.",
)
LAST_DISPATCH = of_worker(
    "batchline_dispatch_last_success_timestamp_seconds",
    "gauge",
    "seconds",
    (),
    "UNIX time at which this worker last looked for due lanes, and Redis answered. Old: see its "
    "log.",
)

METRICS: tuple[Metric, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Metric)
)
BY_NAME = {metric.name: metric for metric in METRICS}


def series_names() -> Iterator[str]:
    """Every name that a query may use, those of the parts of a histogram included."""
    for metric in METRICS:
        if metric.kind == "histogram":
            yield from (f"{metric.name}_{part}" for part in ("bucket", "count", "sum"))
        else:
            yield metric.name


def markdown() -> str:
    """The table of docs/metrics.md."""
    lines = [
        "| metric | type | unit | labels | from | what it is, and what to do |",
        "|---|---|---|---|---|---|",
    ]
    for one in METRICS:
        labels = ", ".join(f"`{label}`" for label in one.labels) or "none"
        source = "both" if one.source == "both" else f"the {one.source}"
        cells = (f"`{one.name}`", one.kind, one.unit or "none", labels, source, one.help)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
