# One door for developers; CI calls the same ones.
.DEFAULT_GOAL := help

PYTHON ?= python3
DATA_DIR ?= var
export DATA_DIR

VENV := $(DATA_DIR)/venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help:
	@echo "make test          the whole suite, on SQLite and on PostgreSQL"
	@echo "make test-browser  the pages in headless Chromium"
	@echo "make check         lint, types, the ladder of the apps, templates, migrations, settings"
	@echo "make fix           what can be mended by itself: lint, format, templates"

# --- The virtual environment --------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Promoter needs Python 3.11 or newer; this is %d.%d. Set PYTHON to a newer one." % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/dev.stamp: requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# --- Quality -------------------------------------------------------------------

# `make test ARGS="tests/contacts -k merge"` runs a part. A DATABASE_URL from outside is
# the PostgreSQL of the second run; without one, a server of our own is started for it.
.PHONY: test test-sqlite test-postgres test-browser
test: test-sqlite test-postgres

test-sqlite: $(VENV)/dev.stamp
	@echo "== Tests on SQLite"
	@env -u DATABASE_URL $(BIN)/python -m pytest $(ARGS)

test-postgres: $(VENV)/dev.stamp
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m tests.harness.postgres $(BIN)/python -m pytest $(ARGS)

test-browser: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -m browser $(ARGS)

# All of them run, whatever fails; the end is an error if one did.
CHECKS := lint format types ladder templates migrations deploy
.PHONY: check $(addprefix check-,$(CHECKS))
check: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory --keep-going $(addprefix check-,$(CHECKS))
	@echo "== All checks passed"

check-lint:
	@echo "== Lint"
	@$(BIN)/ruff check .

check-format:
	@echo "== Format"
	@$(BIN)/ruff format --check .

check-types:
	@echo "== Types"
	@DEBUG=1 $(BIN)/mypy .

check-ladder:
	@echo "== Ladder of the apps"
	@$(BIN)/lint-imports --no-logo

check-templates:
	@echo "== Templates"
	@find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2

check-migrations:
	@echo "== Migrations"
	@DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run

# Django's own checks, as a production installation would run them.
check-deploy:
	@echo "== Production settings"
	@env -i PATH="$$PATH" DATA_DIR="$(DATA_DIR)" \
	  SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
	  SITE_URL=https://nps.example.com EMAIL_URL=smtp+tls://mail.example.com ENV_FILE=/dev/null \
	  DEFAULT_FROM_EMAIL=surveys@example.com BEHIND_PROXY=1 \
	  REDIS_URL=redis://redis.example.com:6379/0 \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: fix
fix: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix --show-fixes . || true
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2
