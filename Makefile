# Two commands: `make run` and `make test`. Everything they need is set up in .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
WORKERS ?= $(shell expr $$(nproc) + 1) # tests wait for a database, a browser or a process a part of their time
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help run test check format wheel wheel-check clean clean-demo

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## Start the demo: database, simulators, web server and scheduler
	@$(BIN)/dcops demo run

test: $(DEV_STAMP) ## Run every test, in parallel
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(DEV_STAMP) ## Types, style, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP) ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(DEV_STAMP) ## Build the wheel in dist/
	rm -rf build dist
	$(BIN)/python -m pip -q wheel --no-deps --wheel-dir dist .

wheel-check: wheel ## Install the wheel in a clean environment and start it from an empty directory
	$(BIN)/python -m tests.project.wheel_check dist/dcops-*.whl

clean: ## Remove the environment and what was built (keeps var/)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

clean-demo: ## Forget the demo world; the next `make run` makes it again
	rm -rf var/demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "dcops needs Python 3.11 or newer (found: $$($(PYTHON) --version 2>&1)). On Debian 12: apt install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments here: run 'apt install python3-venv', then call make again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(VENV)/bin/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
