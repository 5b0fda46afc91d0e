# One door for developers; CI calls the same ones.
.DEFAULT_GOAL := help

DATA_DIR ?= var
export DATA_DIR

VENV := $(DATA_DIR)/venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What Python has compiled is kept: else each of the processes that a run starts compiles
# Django anew, at two seconds of a processor.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:
	@echo "make run           everything on this computer, on PORT (8000), kept in DATA_DIR (var)"
	@echo "make test          the whole suite, on SQLite and on PostgreSQL"
	@echo "make test-thorough the rules of the suite, each tried with 500 random examples"
	@echo "make test-browser  the pages in headless Chromium"
	@echo "make test-clients  Segment's own clients for Python and Node, from their package indexes"
	@echo "make prove         the promises at full size, on both databases: 30 minutes; see docs/reliability.md"
	@echo "make bench         how fast everything is, in an hour; see docs/performance.md"
	@echo "make profile       where the time goes on the slowest paths; see docs/profiles/"
	@echo "make check         lint, types, the ladder of the apps, templates, migrations, settings"
	@echo "make check-image   the Dockerfile's steps, without Docker, in a clean folder"
	@echo "make fix           what can be mended by itself: lint, format, templates"
	@echo "make messages      the catalogues of locale/ brought up to date (needs gettext)"
	@echo "make lock          requirements/*.txt from pyproject.toml (needs uv)"
	@echo "make licences      docs/licences.md: whose work is installed, on what terms"

# --- The virtual environment --------------------------------------------------

$(VENV)/dev.stamp: requirements/dev.txt
	@promoter/local/venv.sh $<
	@touch $@

# The locks name versions and hashes for every platform and no index; `make lock` keeps
# what is in them as far as pyproject.toml allows, `make lock UPGRADE=--upgrade` does not.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --quiet $(UPGRADE)
.PHONY: lock
lock:
	$(LOCK) --extra run --output-file requirements/run.txt
	$(LOCK) --extra run --extra providers --extra sentry --constraint requirements/run.txt \
	  --output-file requirements/providers.txt
	$(LOCK) --extra dev --constraint requirements/providers.txt --output-file requirements/dev.txt

# From the lock and what is installed; nothing is asked of the network.
.PHONY: licences
licences: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.licences

# Every language's words, in and out: what templates and code mark goes into locale/*/*.po,
# and what is translated there into the .mo that are read. Both are committed, so only this
# door needs GNU gettext (apt-get install gettext). A new language: LANGUAGE=uk makes its
# catalogue, then it is named in campaigns/languages.py. Catalogues have what a respondent
# reads; those of WHOLE have every word of the application, and when they lack none it is
# named in settings.LANGUAGES. What gettext guesses from likeness is no translation.
# A line may not end within "E-Mail": its hyphen in German is the one that does not break.
WHOLE := de
RESPONDENTS := 'templates/surveys/public/*' 'templates/emails/survey.*' \
  campaigns/rendering.py campaigns/starters.py surveys/sending/writing.py
MANAGE := DEBUG=1 ENV_FILE=/dev/null $(BIN)/python manage.py
.PHONY: messages
messages: $(VENV)/dev.stamp
	@$(MANAGE) makemessages $(if $(LANGUAGE),--locale $(LANGUAGE),--all) --no-wrap --no-obsolete \
	  --add-location file --keep-pot --ignore "$(DATA_DIR)" --ignore tests
	@set -e; for catalogue in locale/*/LC_MESSAGES/django.po; do \
	  msgattrib --no-fuzzy --no-obsolete --no-wrap -o $$catalogue $$catalogue; \
	  msgmerge -q --no-fuzzy-matching --no-wrap --backup=none -U $$catalogue locale/django.pot; \
	  case " $(WHOLE) " in *" $$(basename $${catalogue%/LC_MESSAGES/*}) "*) continue;; esac; \
	  msggrep --no-wrap $(addprefix -N ,$(RESPONDENTS)) -o $$catalogue $$catalogue; \
	done; rm locale/django.pot
	@sed -i -E '/^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To):/d' \
	  locale/*/LC_MESSAGES/django.po
	@sed -i 's/E-Mail/E‑Mail/g' locale/de/LC_MESSAGES/django.po
	@$(MANAGE) compilemessages --ignore "$(DATA_DIR)"

# --- Running ---------------------------------------------------------------------

# PORT (8000) and DATA_DIR (var) may be set; two beside each other need two of each.
.PHONY: run
run:
	@exec promoter/local/start.sh

# --- Quality -------------------------------------------------------------------

# `make test ARGS="tests/contacts -k merge"` runs a part. A DATABASE_URL from outside is
# the PostgreSQL of the second run; without one, a server of our own is started for it.
# For two processors three at a time, as tests that start processes wait for them; a file in
# one of them, so each costly neighbour starts only once or twice; in tests/conftest.py's order.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
.PHONY: test test-sqlite test-postgres test-thorough test-browser test-clients
test: test-sqlite test-postgres

test-sqlite: $(VENV)/dev.stamp
	@echo "== Tests on SQLite"
	@env -u DATABASE_URL $(PYTEST) $(ARGS)

test-postgres: $(VENV)/dev.stamp
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m tests.harness.postgres $(PYTEST) $(ARGS)

# What holds for any input: other examples every time, where the suite has always the same 20.
THOROUGHLY := -m hypothesis --hypothesis-profile thorough
test-thorough: $(VENV)/dev.stamp
	@echo "== Rules on SQLite"
	@env -u DATABASE_URL $(PYTEST) $(THOROUGHLY) $(ARGS)
	@echo "== Rules on PostgreSQL"
	@$(BIN)/python -m tests.harness.postgres $(PYTEST) $(THOROUGHLY) $(ARGS)

test-browser: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -m browser $(ARGS)

# The only tests that install anything, once, into DATA_DIR/clients; a client that can't be
# had is skipped, by name and with the reason.
test-clients: $(VENV)/dev.stamp
	@echo "== Segment's own clients"
	@env -u DATABASE_URL $(BIN)/python -m pytest -m clients tests/clients $(ARGS)

# The promises at full size (docs/reliability.md); `make prove ONLY=quota` is one of them, ARGS
# are its command's. Databases of their own: SQLite in a temporary folder, and PostgreSQL's
# server is started for it.
SUBJECTS := sending killed-tasks quota throttle bodies ingest erase smtp-faults bombs database duplicates ordering fuzz secrets broker beats scanners
.PHONY: prove $(addprefix prove-,$(SUBJECTS))
ALONE := env -u DATABASE_URL DEBUG=1 ENV_FILE=/dev/null LOG_LEVEL=ERROR
ALONE_ON_POSTGRES := $(ALONE) $(BIN)/python -m tests.harness.postgres
PROVE := $(BIN)/python manage.py prove

prove: $(addprefix prove-,$(or $(ONLY),$(SUBJECTS)))

$(addprefix prove-,$(filter-out bodies,$(SUBJECTS))): prove-%: $(VENV)/dev.stamp
	@$(ALONE) $(PROVE) $* $(ARGS)
	@$(ALONE_ON_POSTGRES) $(PROVE) $* $(RESTARTS) $(ARGS)
prove-sending: RESTARTS := --restarts 10

# The same requests on both, answer by answer.
ANSWERS := $(DATA_DIR)/tmp/answers
SEED ?= 1
prove-bodies: $(VENV)/dev.stamp
	@mkdir -p $(ANSWERS) $(DATA_DIR)/static
	@$(ALONE) $(PROVE) bodies --seed $(SEED) --answers $(ANSWERS)/sqlite $(ARGS)
	@$(ALONE_ON_POSTGRES) $(PROVE) bodies --seed $(SEED) --answers $(ANSWERS)/postgresql $(ARGS)
	@diff $(ANSWERS)/sqlite $(ANSWERS)/postgresql && echo "Both databases answer alike."

# How fast it is (docs/performance.md), in less than an hour; what one run has left undone
# the next one does, or all of it with AGAIN=1. `make bench ONLY=reports` is one of them,
# ARGS are its command's; `make bench-summary` only gathers what was written down.
MEASURE := $(BIN)/python -m tests.performance
export PEERS := $(DATA_DIR)/peers
.PHONY: bench bench-summary profile
bench: $(VENV)/dev.stamp $(PEERS)/stamp
	@$(ALONE) $(MEASURE) $(ONLY) $(if $(AGAIN),--again) $(ARGS)

bench-summary: $(VENV)/dev.stamp
	@$(MEASURE).summary

# Where the time goes on the three paths that are furthest from what was wanted:
# docs/profiles/*.txt; `make profile ONLY=survey_page` is one of them.
profile: $(VENV)/dev.stamp $(PEERS)/stamp
	@$(ALONE) $(BIN)/python -m tests.harness.postgres --durable $(MEASURE).profiles $(ONLY) $(ARGS)

# What sending is measured beside, and who looks where the time goes, are no dependencies of
# ours and lie in a folder of their own; where they can't be installed the tables say so.
$(PEERS)/stamp: Makefile
	-@python3 -m pip install -qq --disable-pip-version-check --root-user-action ignore \
	  --upgrade --no-deps --target $(PEERS) \
	  django-post-office==3.12.0 nh3==0.3.8 django-mailer==2.3.2 lockfile==0.12.2 \
	  py-spy==0.4.3
	@mkdir -p $(PEERS) && touch $@

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
	@DEBUG=1 ENV_FILE=/dev/null $(BIN)/mypy .

check-ladder:
	@echo "== Ladder of the apps"
	@$(BIN)/lint-imports --no-logo

check-templates:
	@echo "== Templates"
	@find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2

check-migrations:
	@echo "== Migrations"
	@DEBUG=1 ENV_FILE=/dev/null $(BIN)/python manage.py makemigrations --check --dry-run

# Django's own checks, as a production installation would run them.
check-deploy:
	@echo "== Production settings"
	@env -i PATH="$$PATH" DATA_DIR="$(DATA_DIR)" \
	  SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
	  SITE_URL=https://nps.example.com EMAIL_URL=smtp+tls://mail.example.com ENV_FILE=/dev/null \
	  DEFAULT_FROM_EMAIL=surveys@example.com BEHIND_PROXY=1 \
	  REDIS_URL=redis://redis.example.com:6379/0 \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

# The Dockerfile's steps without Docker; installs from a package index, so it is no part
# of `make check`.
.PHONY: check-image
check-image: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.check_image

.PHONY: fix
fix: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix --show-fixes . || true
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2
