# make demo   see it work          make test   lint and every test (make test-wide: a minute of chaos too)
#             (make demo SYSTEM=esputnik: salesmanago, salesmanago_mobile, esputnik, smartsender)
# make run    the stack, staying   make bench  beside its peers, as ratios
# make chaos  every fault, and the oracle's verdict      make test-fast   the quick tests
# ARGS="--flower-port 6666" goes to run and demo

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test test-wide wide screenshots test-fast lint format run fanout bench chaos soak dicts completion deploy vendor requirements clean help

SYSTEM ?= salesmanago
demo: $(READY)  ## Redis, sandbox, worker, 50,000 messages, and a closing table: SYSTEM=esputnik
	@$(BIN)/batchline demo --system $(SYSTEM) $(ARGS)

test: lint  ## lint, and every test
	@$(BIN)/pytest -n 3 --dist worksteal

test-wide: wide  ## what takes more: a minute of every fault, alerts that fire, the dashboard in a browser
	@$(BIN)/pytest tests/integration/test_documented_types.py
	@$(BIN)/pytest tests/wide
	@$(BIN)/pytest tests/chaos

screenshots: wide  ## write docs/pictures/*.png again: then look at each of them
	@PICTURES=docs/pictures $(BIN)/pytest tests/wide/test_dashboard_pictures.py

# What the wide tests need: Debian's chromium, prometheus and alertmanager, and packages that `make test` does without.
wide: $(READY)
	@command -v chromium >/dev/null || { apt-get -qq update && apt-get -qq install -y chromium; }
	@{ command -v promtool && command -v amtool; } >/dev/null || { apt-get -qq update && \
		apt-get -qq install -y --no-install-recommends prometheus prometheus-alertmanager; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/wide.txt

test-fast: $(READY)  ## what needs no worker process, in less than a minute: for the inner loop
	@$(BIN)/pytest -n 2 -m "not slow" --hypothesis-profile fast

lint: $(READY)  ## formatting, lint rules and strict types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(READY)  ## rewrite the files as `make lint` wants them
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

run: $(READY)  ## Redis, sandbox, worker and Flower in the foreground
	@$(BIN)/batchline up $(ARGS)

fanout: $(READY)  ## examples/fan_out.py: one purchase for two systems, one of them down
	@$(BIN)/python examples/fan_out.py

bench: $(READY)  ## speed and memory beside the peers, and docs/performance.md: ARGS="--quick"
	@$(BIN)/python -m tests.bench $(ARGS)

MINUTES ?= 10
SEED ?= 1
chaos: $(READY)  ## every fault by a plan, then the oracle's verdict: MINUTES=10 SEED=1
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES) --seed $(SEED)

soak: MINUTES = 60
soak: wide  ## the sandbox's shop with the dashboard open in a browser, and memory flat: MINUTES=60
	@$(BIN)/python -m tests.soak --minutes $(MINUTES)

vendor: $(READY)  ## fetch the dashboard's files of others again, by npm, and check their hashes
	@$(BIN)/python requirements/vendor.py

dicts: $(READY)  ## write the types of messages' arguments again from the models
	@$(BIN)/python -m tests.dicts

completion: $(READY)  ## write worker/cli/tree.json, which a Tab reads, again from the commands
	@$(BIN)/python -m tests.completion

deploy: $(READY)  ## write deploy/prometheus, deploy/grafana and docs/metrics.md again from the code
	@$(BIN)/python -m tests.deploy

requirements: $(READY)  ## compile requirements/*.txt again from pyproject.toml
	@$(BIN)/pip install -q uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-header --no-emit-package batchline pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --extra worker --extra flower \
		--generate-hashes --no-header --no-emit-package batchline -c requirements/dev.txt \
		pyproject.toml -o requirements/worker.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --extra wide --generate-hashes \
		--no-header --no-emit-package batchline -c requirements/dev.txt \
		pyproject.toml -o requirements/wide.txt

clean:  ## the virtual environment and what runs left behind
	rm -rf .venv .batchline

help:
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

# Installed again only when what is installed changes.
$(READY): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@echo "Preparing .venv: once, a minute or so ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python requirements/prepare.py requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
