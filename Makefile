# Everything a person does with this repository. Needs python3 (3.11 or later) and make.
.DEFAULT_GOAL := help
.PHONY: help setup assets lock run test test-services check format bench faults screenshots

PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: ## virtual environment and browser assets (skips what is current)
	@$(PYTHON) scripts/setup.py

assets: ## browser assets only: static/vendor/
	@$(PYTHON) scripts/setup.py assets

lock: ## recompile requirements/*.txt and package-lock.json
	@scripts/lock.sh

run: setup ## start the portal with the demo district (PORT, DATABASE_URL, ...)
	@$(PY) scripts/run.py

test: setup ## the test suite on SQLite (ARGS="tests/issues -k name")
	@env -u DATABASE_URL -u CELERY_BROKER_URL -u LIAISON_SERVICES -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n auto --dist loadgroup $(ARGS)

test-services: setup ## the same suite on PostgreSQL and Redis, nothing skipped
	@$(PY) scripts/services.py $(ARGS)

check: setup ## style, templates, types, import order, migrations, deployment
	@$(PY) scripts/check.py

format: setup ## put code and templates into the agreed layout
	@.venv/bin/ruff check --quiet --select I --fix . || true
	@.venv/bin/ruff format --quiet .
	@git ls-files --cached --others --exclude-standard 'templates/*.html' | xargs .venv/bin/djade --target-version 5.2

faults: setup ## two minutes of killing everything, judged by a program of its own (ARGS=--long, ARGS=--prove)
	@$(PY) -m faults $(ARGS)

bench: setup ## speed on 100,000 issues, as ratios
	@$(PY) -m bench $(ARGS)

screenshots: setup ## the pictures in docs/
	@$(PY) scripts/screenshots.py $(ARGS)
