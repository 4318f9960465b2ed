.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := $(VENV)/.tools
PORT ?= 8000
SERVE ?= 1
PG := MARKETPLACE_TEST_DATABASE=postgresql
SPREAD := -n 2 --dist loadscope

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing (one to two minutes the first time)"
	@$(BIN)/python -m pip install --quiet --no-compile -e .
	@touch $(STAMP)

$(TOOLS): $(STAMP)
	@$(BIN)/python -m pip install --quiet --no-compile -e '.[test,dev]'
	@touch $(TOOLS)

install: $(TOOLS) ## Make .venv with everything in it

demo: $(STAMP) ## One complete life of a tender on a simulated clock, then serve it (SERVE=0: end after the story)
	$(BIN)/marketplace demo $(if $(filter 0,$(SERVE)),--no-serve,--port $(PORT))

demo-reset: ## Forget the demonstration
	rm -rf var/demo

serve: $(STAMP) ## Serve pages and API
	$(BIN)/marketplace db upgrade
	$(BIN)/marketplace rulebook seed >/dev/null
	$(BIN)/marketplace catalogue seed >/dev/null
	$(BIN)/marketplace serve --port $(PORT)

worker: $(STAMP) ## Keep the deadlines
	$(BIN)/marketplace worker

test: $(TOOLS) ## The whole suite on SQLite and, where a server is installed, on PostgreSQL
	$(BIN)/python -m pytest $(SPREAD) -q
	@if $(BIN)/python -m marketplace.testing.postgres || test -n "$$CI"; then \
		echo "$(PG) pytest"; $(PG) $(BIN)/python -m pytest $(SPREAD) -q -m "not browser and not long and not once"; \
	else \
		echo "***** POSTGRESQL IS NOT INSTALLED: NOTHING WAS TESTED ON IT (Debian: apt-get install postgresql) *****"; \
	fi

test-fast: $(TOOLS) ## The suite on SQLite, ending at the first failure
	$(BIN)/python -m pytest -x -q -m "not slow and not browser and not long"

test-pg: $(TOOLS) ## The suite on a private PostgreSQL
	$(PG) $(BIN)/python -m pytest $(SPREAD) -q -m "not browser and not long and not once"

long: $(TOOLS) ## The campaigns that take minutes: storms, crash matrices, whole histories, on both databases
	$(BIN)/python -m pytest -q -m long
	$(PG) $(BIN)/python -m pytest -q -m long

lint: $(TOOLS) ## Style, import rules, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/codespell marketplace tests docs README.md CHANGELOG.md CONTRIBUTING.md

types: $(TOOLS) ## mypy --strict
	$(BIN)/mypy

fix: $(TOOLS) ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(TOOLS) ## Write the next migration: make migration m="what changed"
	$(BIN)/marketplace db revision -m "$(m)"

db-check: $(TOOLS) ## Models, migrations and a fresh database agree; down and up again
	$(BIN)/python -m pytest -q tests/architecture/test_migrations.py

openapi: $(TOOLS) ## Regenerate docs/api/openapi.json
	$(BIN)/python -m tests.architecture.openapi_file

docs: $(TOOLS) ## Regenerate the generated pages of docs/
	$(BIN)/python -m tests.architecture.generated_docs

docs-check: $(TOOLS) ## Generated docs are current
	$(BIN)/python -m pytest -q tests/architecture/test_docs.py tests/architecture/test_openapi.py

wheel-check: $(TOOLS) ## Wheel through the sdist, in an empty environment, from another folder
	$(BIN)/python -m pytest -q tests/architecture/test_wheel.py

mutants: $(TOOLS) ## Plant known bugs, one at a time; the tests must notice each
	$(BIN)/python -m tests.mutants.run

bench: $(TOOLS) ## Measure against floors of the same run
	$(BIN)/marketplace bench

ratchet: $(TOOLS) ## The rows that take seconds, against their stored CPU ratios; fails when one is far behind twice in a row
	$(BIN)/marketplace bench --only B1,B12,B12W --ratchet

ci: lint types test ## Everything CI runs

.PHONY: help install demo demo-reset serve worker test test-fast test-pg long lint types fix migration db-check openapi docs docs-check wheel-check mutants bench ratchet ci
