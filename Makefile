# The two commands of the README: `make run` and `make test`. Each prepares what it needs.
# The newest Python that starts (a version manager leaves names behind that do not) and is new enough.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
  $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test bench setup browser check format clean
.DEFAULT_GOAL := help

help:
	@echo "make run     start Leadwright with a living example firm on http://127.0.0.1:8000"
	@echo "make test    run the whole test suite, a real browser and a real PostgreSQL included"
	@echo "make bench   run the benchmarks"
	@echo "make setup   only prepare; the command line is then $(BIN)/leadwright"
	@echo "make check   format, lint, types, import contract, migrations, security"

run: setup
	@exec $(BIN)/leadwright up --demo

test: setup browser
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -q

bench: setup
	@$(BIN)/leadwright bench

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Leadwright needs Python 3.11 or newer with its venv module. On Debian or Ubuntu:" \
	  "apt-get install python3 python3-venv. Or name one: make PYTHON=/path/to/python3.12 …"; exit 2; }
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "$(PYTHON) does not start, is older than Python 3.11, or lacks the venv module. Name another:" \
	    "make PYTHON=/path/to/python3.12 …"; exit 2; }
	@echo "Preparing $(VENV) (once; some minutes of downloads) …" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

browser: setup
	@$(BIN)/python -m tests.browser.chromium

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy
	@$(BIN)/bandit -q -r leadwright -c pyproject.toml
	@$(BIN)/python -m tests.migrations

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache
