# Every command of the house. `make` or `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
ADMIN_PORT ?= 8081
KEYS_FILE ?= demo-keys.json
PROCESSES ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup demo test fmt lint type bench lock clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[36mmake %-8s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## Create .venv with everything for development

.venv/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Run the gateway in front of the sample backends (PORT, ADMIN_PORT, KEYS_FILE)
	$(BIN)/gateway demo --port $(PORT) --admin-port $(ADMIN_PORT) --keys-file $(KEYS_FILE)

test: setup ## Run every test, with branch coverage and its floors
	$(BIN)/python -m pytest -n $(PROCESSES) --cov --cov-report= -q
	$(BIN)/coverage report --format=total --fail-under=0 > /dev/null
	$(BIN)/coverage report | tail -n 25
	$(BIN)/coverage report --fail-under=100 --include=$$(tests/decision-core) > /dev/null || { $(BIN)/coverage report --include=$$(tests/decision-core); exit 1; }

fmt: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

lint: setup ## Check style and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

type: setup ## Check types (mypy, strict)
	$(BIN)/mypy

bench: setup ## Measure the gateway beside its peers (needs wrk, nginx, haproxy, redis-server)
	$(BIN)/python -m bench.compare

lock: ## Lock the versions again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --group dev -o requirements/dev.txt

clean: ## Remove what the commands made
	rm -rf .venv .coverage* .mypy_cache .ruff_cache .hypothesis dist
