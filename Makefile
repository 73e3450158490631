# Two commands matter: `make run` and `make test`. Both set up whatever is missing first.
SHELL := /bin/bash
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test check format bench mutants

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1 — /'

setup: ## the environment (.venv) and the system libraries
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

run: setup ## the portal on 127.0.0.1:$${PORT:-8000}: web, worker and scheduler; Ctrl-C stops all of it
	@exec $(PY) manage.py serve --with-parent

test: setup-test ## the whole suite, browser journeys included (ARGS="-k name" for a part of it)
	@scripts/test.sh $(ARGS)

check: setup ## style, types, layers, templates, migrations, deployment settings
	@scripts/check.sh

format: setup ## put Python and templates into the house's format
	$(PY) -m ruff check --fix-only --quiet . && $(PY) -m ruff format . && if [ -n "$$(find templates -name '*.html' -print -quit)" ]; then $(PY) -m djlint templates --reformat --quiet || true; fi

bench: setup ## speed and memory, as a table
	@$(PY) -m tests.performance.bench $(ARGS)

mutants: setup ## the frequency rules, each changed a little: do their tests notice? (ten minutes; ARGS=windows for a module)
	@$(PY) -m tests.revisits.mutations $(ARGS)
