.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 8000
SERVE ?= 1
PG := MARKETPLACE_TEST_DATABASE=postgresql

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile -e '.[test,dev]'
	@touch $(STAMP)

install: $(STAMP) ## Make .venv with everything in it

demo: $(STAMP) ## One complete life of a tender on a simulated clock, then serve it (SERVE=0: end after the story)
	$(BIN)/marketplace demo $(if $(filter 0,$(SERVE)),--no-serve,--port $(PORT))

demo-reset: ## Forget the demonstration
	rm -rf var/demo

serve: $(STAMP) ## Serve pages and API
	$(BIN)/marketplace db upgrade
	$(BIN)/marketplace serve --port $(PORT)

worker: $(STAMP) ## Keep the deadlines
	$(BIN)/marketplace worker

test: $(STAMP) ## The whole suite on SQLite and, where a server is installed, on PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist loadscope -q
	@if $(BIN)/python -m marketplace.testing.postgres || test -n "$$CI"; then \
		echo "$(PG) pytest"; $(PG) $(BIN)/python -m pytest -n 2 --dist loadscope -q -m "not browser"; \
	else \
		echo "***** POSTGRESQL IS NOT INSTALLED: NOTHING WAS TESTED ON IT (Debian: apt-get install postgresql) *****"; \
	fi

test-fast: $(STAMP) ## The suite on SQLite, ending at the first failure
	$(BIN)/python -m pytest -x -q -m "not slow and not browser"

test-pg: $(STAMP) ## The suite on a private PostgreSQL
	$(PG) $(BIN)/python -m pytest -n 2 --dist loadscope -q -m "not browser"

lint: $(STAMP) ## Style, import rules, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/codespell marketplace tests docs README.md CHANGELOG.md CONTRIBUTING.md

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

fix: $(STAMP) ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(STAMP) ## Write the next migration: make migration m="what changed"
	$(BIN)/marketplace db revision -m "$(m)"

db-check: $(STAMP) ## Models, migrations and a fresh database agree; down and up again
	$(BIN)/python -m pytest -q tests/architecture/test_migrations.py

openapi: $(STAMP) ## Regenerate docs/api/openapi.json
	$(BIN)/python -m tests.architecture.openapi_file

docs: $(STAMP) ## Regenerate the generated pages of docs/
	$(BIN)/python -m tests.architecture.generated_docs

docs-check: $(STAMP) ## Generated docs are current
	$(BIN)/python -m pytest -q tests/architecture/test_docs.py tests/architecture/test_openapi.py

wheel-check: $(STAMP) ## Wheel through the sdist, in an empty environment, from another folder
	$(BIN)/python -m pytest -q tests/architecture/test_wheel.py

mutants: $(STAMP) ## Plant known bugs, one at a time; the tests must notice each
	$(BIN)/python -m tests.mutants.run

bench: $(STAMP) ## Measure against floors of the same run
	$(BIN)/marketplace bench

ci: lint types test ## Everything CI runs

.PHONY: help install demo demo-reset serve worker test test-fast test-pg lint types fix migration db-check openapi docs docs-check wheel-check mutants bench ci
