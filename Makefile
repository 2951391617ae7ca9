# SPDX-License-Identifier: GPL-3.0-or-later
# `make setup` needs Python >= 3.11 with venv, git and make; all else comes from PyPI, pinned.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto
PICTURES ?= build/pictures

# Else each of the many processes of a test compiles all that it imports, JupyterHub for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup web serve demo test screenshots test-page kill-table guix-testbed lint types bench bench-guix bench-hub bench-mapping lock clean

# Where a testbed was made, tests run in it, on a machine that has Guix; it takes root to enter.
export BINDER_LITE_TESTBED ?= $(CURDIR)/.guix-testbed
ENTER := $(if $(wildcard $(BINDER_LITE_TESTBED)/stamp),$(if $(filter 0,$(shell id -u)),testbed/enter))

setup: .venv/installed  ## everything that the other targets need, in .venv

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ;\\]*\).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# The page, and the proxy that JupyterHub runs, come from npm; Node comes with the Python packages.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --no-audit --no-fund --loglevel=error
PROXY := src/binder_lite/hub/proxy_program

web: setup src/binder_lite/web/static/index.html $(PROXY)/node_modules/.package-lock.json  ## what `binder-lite serve` needs besides

src/binder_lite/web/static/index.html: $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null)
	$(NPM) ci --prefix frontend
	$(NPM) run --prefix frontend build
	@touch $@

$(PROXY)/node_modules/.package-lock.json: $(PROXY)/package-lock.json
	$(NPM) ci --prefix $(PROXY)
	@touch $@

serve: web  ## serve many people, on loopback until it is configured
	$(BIN)/binder-lite serve

demo: setup  ## open an example notebook with the embedded engine
	$(BIN)/guix-notebook-launcher --engine uv examples/requirements-txt

test: web  ## all tests; BINDER_LITE_REQUIRE_TOOLS=1 makes a missing tool a failure
	$(ENTER) $(BIN)/pytest -n $(WORKERS) --dist worksteal

screenshots: web  ## pictures of every page, light, dark and narrow, in $(PICTURES)
	mkdir -p $(PICTURES)
	BINDER_LITE_SCREENSHOTS=$(abspath $(PICTURES)) $(BIN)/pytest -q -n 0 tests/integration/page -k every_page

test-page: web  ## the page's own tests; `make test` has those in a browser
	$(NPM) test --prefix frontend

guix-testbed: setup  ## a real Guix for the tests, without its network; as root, on Debian and its like
	testbed/make

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

kill-table: web  ## kill each process of a server at each stage of a launch, and show what survived
	$(BIN)/python tests/end_to_end/kill_table.py

bench: setup
	$(BIN)/python bench/launch.py

bench-guix: setup
	$(ENTER) $(BIN)/python bench/guix.py

bench-hub: web
	$(BIN)/python bench/hub.py

bench-mapping: setup
	$(ENTER) $(BIN)/python bench/mapping.py

lock: setup  ## resolve again; commit the result
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate --all-extras --group dev pyproject.toml \
	  -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate src/binder_lite/engines/uv/server.in \
	  -o src/binder_lite/engines/uv/server.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
