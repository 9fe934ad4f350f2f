"""What Batchline is measured beside, each set up as someone who knows it well would."""

#: Environment variables that tell a peer's worker process its Redis and where to POST.
BROKER = "BENCH_REDIS_URL"
SINK = "BENCH_SINK_URL"
HEADERS = {"Content-Type": "application/json;charset=UTF-8"}
