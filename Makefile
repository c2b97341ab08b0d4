# Parley's commands; `make` alone lists them.

SYSTEM_PYTHON ?= python3
VENV ?= .venv
PYTHON := $(VENV)/bin/python
PYTEST_ARGS ?=
BENCH_VENV := .venv-bench

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test start test test-faults lint format bench pictures messages

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/installed ## Create the virtual environment and install the pinned dependencies

setup-test: $(VENV)/installed-for-tests ## Install what the tests need too: tools, Chromium, a Chinese font, gettext
	@sh tests/install_programs.sh

start: setup ## Run everything and print the addresses; PORT, DATA_DIR, OWNER_PASSWORD change it, Ctrl-C stops it
	@exec $(PYTHON) manage.py start

test: setup-test lint ## Run lint and every test, on SQLite and on PostgreSQL with Redis
	@exec $(PYTHON) -m tests.passes $(PYTEST_ARGS)

test-faults: setup-test ## Break connections, processes and servers at length, and print the figures
	PARLEY_FAULTS_FULL=1 $(PYTHON) -m pytest -rP tests/faults tests/chatbot/monitoring $(PYTEST_ARGS)

lint: $(VENV)/installed-for-tests ## Check style, types, import rules, templates, migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint --lint --quiet templates
	$(PYTHON) manage.py makemigrations --check --dry-run

format: $(VENV)/installed-for-tests ## Bring the Python into its one style
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: setup-test ## Measure this machine and write benchmarks/results/*.json
	-@$(MAKE) --no-print-directory $(BENCH_VENV)/installed
	$(PYTHON) -m benchmarks

pictures: setup-test ## Take the pictures of docs/pictures again
	$(PYTHON) -m benchmarks.pictures

messages: setup ## Collect the texts to translate and compile the translations
	$(PYTHON) manage.py makemessages --locale zh_Hans --no-obsolete --no-location --ignore '.venv/*' --ignore 'data/*'
	$(PYTHON) manage.py compilemessages --locale zh_Hans --ignore .venv

$(PYTHON):
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit("Parley needs Python 3.11 or newer; $(SYSTEM_PYTHON) is %d.%d. Install a newer one and name it: make SYSTEM_PYTHON=python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(SYSTEM_PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(PYTHON)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

$(VENV)/installed-for-tests: requirements-test.txt $(VENV)/installed
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --progress-bar on -r requirements-test.txt
	@touch $@

# llama.cpp is compiled for this machine. GCC 12.2 was seen to drop the stores that fill AMX's tile
# configuration, so that llama.cpp ended with a segmentation fault; without this optimisation it keeps them. A
# wheel from pip's cache may have been built otherwise.
$(BENCH_VENV)/installed: requirements-bench.txt
	$(SYSTEM_PYTHON) -m venv $(BENCH_VENV)
	CXXFLAGS="-fno-tree-dse -fno-dse" $(BENCH_VENV)/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --progress-bar on -r requirements-bench.txt
	@touch $@
