# One entry for people and for CI. PYTHON may name an interpreter (3.11 or newer).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8000

.PHONY: help run demo test lint lint-format lint-types lint-layers lint-migrations check bench chaos setup format lock clean
help:
	@echo "make run    start newsdiff on http://127.0.0.1:8000/ (first: installs what it needs into .venv);"
	@echo "            PORT=8001 takes another port"
	@echo "make demo   the same, on a built-in newsroom whose articles change every few seconds"
	@echo "make test   run the tests"
	@echo "make check  lint, format, types, layers, migrations (make lint), then the tests"
	@echo "make bench  measure; BENCH=diffs: only that; PAIRS=folder: also the pairs of texts in its *.json;"
	@echo "            CURVE=file.svg: also draw what the schedule bench found"
	@echo "make chaos  kill, cut, fill and turn back everything around a running newsdiff, and count what it lost"
	@echo "            (about 5 minutes; CHAOS='--mode server --seconds 600 --seed 7': otherwise)"
	@echo "make setup  install the development tools too; make lock: renew the locked versions"

# Locked to the hash, and whole: what a package needs is listed beside it.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

# The stamps make an install happen once, and again when the locked versions change.
.venv/runtime: requirements/pip.txt requirements/runtime.txt
	@test -n "$(PYTHON)" || { echo "newsdiff needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python's venv module is missing (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Installing what newsdiff needs into .venv …"
	@$(INSTALL) -r requirements/pip.txt  # the one that comes with Python 3.11 takes half as long again
	@$(INSTALL) -r requirements/runtime.txt
	@touch $@

.venv/dev: requirements/dev.txt .venv/runtime
	@echo "Installing the development tools into .venv …"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

setup: .venv/dev

run: .venv/runtime
	@$(BIN)/python manage.py up --port $(PORT)

demo: .venv/runtime
	@$(BIN)/python manage.py demo --port $(PORT)

test: .venv/dev
	$(BIN)/python -m pytest

# Parts, so that --jobs=2 does two at a time.
lint: lint-format lint-types lint-layers lint-migrations

lint-format: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: .venv/dev
	$(BIN)/mypy

lint-layers: .venv/dev
	$(BIN)/lint-imports

lint-migrations: .venv/dev
	$(BIN)/python manage.py makemigrations --check --dry-run

check: lint test

bench: .venv/dev
	$(BIN)/python -m tests.benchmarks $(BENCH)

chaos: .venv/dev
	$(BIN)/python -m tests.chaos $(CHAOS)

format: .venv/dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: .venv/dev
	echo pip | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-annotate --quiet \
		--custom-compile-command "make lock" --output-file requirements/pip.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --constraint requirements/constraints.txt \
		--generate-hashes --quiet --output-file requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--constraint requirements/constraints.txt --generate-hashes --quiet --output-file requirements/dev.txt

clean:
	rm -rf .venv staticfiles .pytest_cache .mypy_cache .ruff_cache
