# The chores of this project; `make help` lists them.
# HOST, PORT and the variables of docs/settings.md may be given: make run PORT=9000

PYTHON_IN_VENV := .venv/bin/python
PIP_AUDIT ?= $(or $(shell command -v pip-audit),pipx run pip-audit==2.10.1)
UV ?= $(or $(shell command -v uv),pipx run uv)
# Where `make evaluate` and `make train` find their pictures.
DATA ?=
MNIST ?= $(MNIST_DIR)
FONTS ?=
# Where `make test-services` finds PostgreSQL, if not in the usual place.
POSTGRESQL_URL ?=

# What `ml` and the browser do is the same on every engine; what starts a site of its own
# to kill its workers brings SQLite along, or Redis.
ON_SERVICES := tests/api tests/faults tests/monitoring tests/recognizer \
	tests/storage tests/web $(addprefix --ignore=tests/recognizer/test_,\
	health_of_sites.py killed_batches.py killed_trainings.py shutdown.py worker.py)

.PHONY: help setup setup-dev run test test-services check lock train evaluate schema \
	benchmark audit

help:  ## List these chores
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup:  ## Make .venv and install what the site needs
	@scripts/install requirements.txt

setup-dev:  ## Install what tests and checks need as well, Chromium included
	@scripts/install requirements-dev.txt
	@scripts/ensure_chromium >/dev/null

run: setup  ## Serve the site at http://127.0.0.1:8000, and train when asked to
	@$(PYTHON_IN_VENV) scripts/require_free_port.py
	@scripts/prepare
	@exec scripts/serve

test: setup-dev  ## Run the tests; ARGS="-m slow" or a path narrows them
	@CHROMIUM="$$(scripts/ensure_chromium)" $(PYTHON_IN_VENV) -m pytest -n 2 $(ARGS)

# The tests start the servers of Redis and S3 themselves; tests.services says so if the
# one of Redis is not installed.
test-services: setup-dev  ## Run the site's tests on PostgreSQL, Redis and S3
	@url="$$(POSTGRESQL_URL=$(POSTGRESQL_URL) $(PYTHON_IN_VENV) scripts/find_postgresql.py)" && \
		DATABASE_URL="$$url" DIGITS_STORAGE=s3://digits-tests \
		$(PYTHON_IN_VENV) -m tests.services \
		$(PYTHON_IN_VENV) -m pytest -n 2 $(or $(ARGS),$(ON_SERVICES))

check:  ## Lint, types, import rules, deployment checks, missing migrations
	@scripts/install requirements-dev.txt
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy ml recognizer digitsite
	.venv/bin/mypy --explicit-package-bases benchmarks
	.venv/bin/mypy --explicit-package-bases scripts/write_schema.py
	.venv/bin/lint-imports --no-logo
	@scripts/check_deployment
	$(PYTHON_IN_VENV) manage.py makemigrations --check --dry-run

train: setup  ## Teach the live model what was corrected; FONTS=DIR: train a new one
	$(PYTHON_IN_VENV) manage.py train $(if $(MNIST),--mnist $(MNIST)) $(if $(FONTS),--from-scratch --fonts $(FONTS))

evaluate: setup  ## Measure the live model on the labelled folder DATA=DIR
	@test -n "$(DATA)" || { echo "Name a folder: make evaluate DATA=DIR" >&2; exit 2; }
	$(PYTHON_IN_VENV) manage.py evaluate $(DATA)

schema:  ## Write docs/openapi.json, what the API promises; refuses to break it
	@scripts/install requirements.txt
	$(PYTHON_IN_VENV) scripts/write_schema.py

benchmark:  ## Measure requests a second against a plain Flask app
	@scripts/install requirements-dev.txt
	$(PYTHON_IN_VENV) -m benchmarks.serving $(ARGS)

audit:  ## Ask PyPI which pinned packages are known to be vulnerable
	@scripts/audit $(PIP_AUDIT)

lock:  ## Pin requirements/*.in anew; ARGS=--upgrade takes newer versions
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
		requirements/base.in -o requirements.txt $(ARGS)
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
		requirements/serving.in -c requirements.txt -o requirements-serving.txt $(ARGS)
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes \
		requirements/dev.in -c requirements.txt -o requirements-dev.txt $(ARGS)
