# Every target makes or updates .venv as needed. Nothing else is required but Python 3.11 and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(VENV)/tools/bin/uv
PORT   ?= 8000
HOME_DIR ?=
WORKERS ?= 2

.PHONY: setup demo run test lint bench bench-verdict bench-resolve docs lock clean

setup: $(VENV)/.ready

# uv comes from the package registry, into a corner of the environment of its own.
$(UV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Protem needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) -m venv $(VENV)/tools
	$(VENV)/tools/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.ready: $(UV) pyproject.toml requirements.lock requirements-dev.lock
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

demo: setup
	$(BIN)/protem demo --port $(PORT) $(if $(HOME_DIR),--home $(HOME_DIR))

run: setup
	$(BIN)/protem init
	$(BIN)/protem serve --port $(PORT)

# The suite on SQLite, then on PostgreSQL where a server answers (PROTEM_TEST_DATABASE_URL).
test: setup
	PYTHON=$(BIN)/python WORKERS=$(WORKERS) sh tests/run.sh

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet src
	$(BIN)/deptry src

# A million episodes on SQLite and PostgreSQL; BENCH_JSON, BENCH_SIZES, BENCH_FINDINGS and
# PROTEM_BENCH_SERVER, PROTEM_BENCH_DATABASE say otherwise. It takes about ten minutes.
bench: setup
	$(BIN)/python -m bench.scale

# How often verdicts are wrong and how often a change is caught; BENCH_ARGS=--quick for a smoke test.
bench-verdict: setup
	$(BIN)/python -m bench.verdict $(BENCH_ARGS)

bench-resolve: setup
	$(BIN)/python -m bench.resolve

docs: setup
	$(BIN)/zensical build --clean

lock: $(UV)
	$(UV) pip compile pyproject.toml --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet -o requirements.lock
	$(UV) pip compile pyproject.toml --group dev --group docs -c requirements.lock --generate-hashes --no-emit-index-url --universal --python-version 3.11 --quiet -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
