# Every command of the house. `make` or `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
ADMIN_PORT ?= 8081
KEYS_FILE ?= demo-keys.json
PROCESSES ?= auto
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help setup servers demo test fmt lint type bench bench-micro probe fuzz flood soak lock clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[36mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## Create .venv with everything for development

.venv/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Run the gateway in front of the sample backends (PORT, ADMIN_PORT, KEYS_FILE)
	$(BIN)/gateway demo --port $(PORT) --admin-port $(ADMIN_PORT) --keys-file $(KEYS_FILE)

servers: ## Install the servers that the tests start (Redis, PostgreSQL)
	@tests/install-servers

test: setup servers ## Run every test, with branch coverage and its floors
	$(BIN)/python -m pytest -n $(PROCESSES) -q --cov --cov-report=
	@echo "Branch coverage of the decision core (floor: 100 %):"
	@$(BIN)/coverage report --fail-under=100 --skip-covered --include=$$(tests/decision-core)
	@echo "Branch coverage of the whole:"
	@$(BIN)/coverage report --skip-covered

fmt: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

lint: setup ## Check style and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

type: setup ## Check types (mypy, strict)
	$(BIN)/mypy

bench: setup ## Measure the gateway beside nginx, nginx + Lua + Redis, HAProxy (BENCH: options)
	@bench/install-peers
	$(BIN)/python -m bench.compare --page docs/benchmarks.md $(BENCH)

bench-micro: setup ## Time single steps of a request: routing, keys, scopes, headers, bucket, log
	$(BIN)/python -m pytest bench/micro -q -o python_files='bench_*.py' -o python_functions='bench_*' \
	  --benchmark-columns=min,median,ops,rounds --benchmark-sort=name --benchmark-disable-gc

probe: setup ## Look for what refusals tell strangers (ARGS: --base-url URL --keys-file FILE for a running deployment)
	$(BIN)/python -m tests.probe $(ARGS)

fuzz: setup ## Fuzz a gateway for hours (ARGS: --inputs, --hours, --workers)
	$(BIN)/python -m tests.fuzz $(ARGS)

flood: setup ## Flood a gateway in seven ways, and measure what valid clients get (ARGS: --lasting, --rate, --connections)
	ulimit -n 8192 && $(BIN)/python -m tests.floods $(ARGS)

soak: setup ## Ten million requests with random aborts; what a gateway holds must stay flat (ARGS: --requests, --every)
	$(BIN)/python -m tests.soak $(ARGS)

lock: ## Lock the versions again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --group dev -o requirements/dev.txt

clean: ## Remove what the commands made
	rm -rf .venv .coverage* .mypy_cache .ruff_cache .hypothesis dist
