.DEFAULT_GOAL := help
SHELL := /bin/sh
# The uv on PATH if it works, else the one that `.tools/bin/uv` installs outside .venv, where a sync would remove it.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .tools/bin/uv)
# Use the certificates of the machine, such as that of a company's proxy.
export UV_SYSTEM_CERTS := 1
PYTHON := .venv/bin/python
BIN := .venv/bin
JOBS ?= 2
ARGS ?=

.PHONY: help run test test-slow check lock histories wire recording gallery bench
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.ok ## Start everything on this machine (ARGS="--reset" wipes it first, ARGS="--help" lists the ports)
	@$(BIN)/dialtone demo up $(ARGS)

# pytest-timeout fails a test by an exception, which a task beside the test can swallow; this ends its process instead.
test: .venv/.ok ## Run the quick tests (ARGS="tests/policies -k price" picks some)
	$(PYTHON) -m pytest -n $(JOBS) --dist worksteal -m "not slow" \
		-o faulthandler_timeout=400 -o faulthandler_exit_on_timeout=true $(ARGS)

test-slow: .venv/.ok ## Run load tests, and tests that kill processes
	$(PYTHON) -m pytest -m slow $(ARGS)

bench: .venv/.bench ## Compare orders with the least that they take (ARGS="--orders 12 --rounds 1 --backlog 30" is quick)
	@$(PYTHON) -m bench $(ARGS)

check: .venv/.ok ## Check format, lint, types and imports, without running anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

lock: | $(filter .tools/bin/uv,$(UV)) ## Update the lock files, requirements*.txt
	$(UV) pip compile pyproject.toml $(LOCK) -o requirements.txt
	$(UV) pip compile pyproject.toml $(LOCK) --group dev -o requirements-dev.txt
	$(UV) pip compile --group bench --constraint requirements-dev.txt $(LOCK) -o requirements-bench.txt
LOCK := --quiet --universal --upgrade --generate-hashes --no-emit-index-url

histories: .venv/.ok ## Record golden histories that are missing; those that exist are never changed
	$(PYTHON) -m pytest -q tests/workflows/record_histories.py $(ARGS)

wire: .venv/.ok ## Record what is missing of the wire's schemas and golden inputs; never a breaking change
	$(PYTHON) -m pytest -q tests/workflows/record_wire.py $(ARGS)

recording: .venv/.ok ## Record what this version leaves behind, if it is not recorded yet; later versions start on it
	$(PYTHON) -m pytest -q tests/e2e/record_version.py $(ARGS)

gallery: .venv/.ok ## Retake the screenshots in docs/gallery (needs Chromium)
	$(PYTHON) -m pytest -q tests/browser/record_gallery.py $(ARGS)

# Compiled once, here, as some machines keep Python from doing so later: everything then starts twice as fast.
.venv/.ok: pyproject.toml requirements-dev.txt | $(filter .tools/bin/uv,$(UV))
	@echo "Installing into .venv ..."
	@$(UV) venv --quiet --allow-existing --python '>=3.11' .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes --compile-bytecode requirements-dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

# Without them, the benchmark leaves out the figure that needs them, and says so.
.venv/.bench: requirements-bench.txt .venv/.ok
	@$(UV) pip install --quiet --python .venv --require-hashes -r $< && touch $@ || echo "DBOS can't be installed." >&2

.tools/bin/uv:
	@python3 -m venv .tools || { rm -rf .tools; \
		echo "python3 cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@.tools/bin/python -m pip install --quiet 'uv==0.13.9'
