# make demo: a simulated borough on this machine.  make test: everything, on real servers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# A virtual environment of Debian's Python needs the package python3-venv; everything else comes by wheel.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Containers often forbid it; then every process of the tests, hundreds of them, compiles every module again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test test-timescale pictures check lint types layers format requirements broker clean

install: $(STAMP)

$(STAMP): requirements.txt requirements-node.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Boroughsense needs Python 3.11 or newer: $(PYTHON) is older (make PYTHON=python3.12 ...)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "installing Debian's python3-venv"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-node.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: install
	$(BIN)/boroughsense demo $(ARGS)

# The tests attack a real Mosquitto; Debian's package is installed when there is none, and not started as a service.
broker:
	@PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null || { echo "installing Debian's mosquitto"; $(SUDO) apt-get update -qq && $(SUDO) env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq mosquitto; }

test: install broker check
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	$(TIMESCALE_TESTS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --include='decoders/*,alerts/*' --omit='alerts/notify/*' --fail-under=100
	$(BIN)/python -m coverage report --fail-under=95

# The pictures of docs/pages.md, of the tests' borough (needs Chromium).
pictures: install
	PICTURES=docs/pictures $(BIN)/pytest -q tests/web/browser/test_pictures.py

# The storage's tests again, on TimescaleDB: the one in WebAssembly, or any server (tests/fixtures/timescale.py).
TIMESCALE_TESTS = BOROUGHSENSE_TEST_TIER=timescale $(BIN)/python -m coverage run -m pytest --numprocesses 3 --dist loadfile tests/storage tests/timescale

test-timescale: install
	$(TIMESCALE_TESTS) $(ARGS)

check: lint types layers

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

layers: install
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every version and hash again, after a change of pyproject.toml (needs uv).
requirements:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev --quiet pyproject.toml --output-file requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
