# The image of workers and of Flower.
FROM python:3.13-slim

WORKDIR /app
COPY requirements/worker.txt requirements/worker.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/worker.txt
COPY pyproject.toml README.md LICENSE ./
COPY producers producers
COPY worker worker
COPY batchline batchline
RUN pip install --no-cache-dir --no-deps .

RUN useradd --create-home batchline
USER batchline
WORKDIR /home/batchline

# The dispatcher comes round, also while Redis is away. docker-compose.yml turns it off for Flower.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["batchline", "health", "--live"]

# SIGTERM: the batch in flight is settled, then the worker leaves.
STOPSIGNAL SIGTERM
CMD ["batchline", "worker"]
