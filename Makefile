# The commands of the README. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PACKAGES := assets cli contracts expectations pipelines planning sources storage
BIN := $(VENV)/bin
DEMO := demo
TODAY := $(shell date -u +%F)
FIRST := $(shell date -u -d '$(TODAY) 400 days ago' +%F)
FIRST_USED := $(shell date -u -d '$(TODAY) 120 days ago' +%F)
AS_OF := $(shell date -u -d '$(TODAY) 30 days ago' +%F)
LAST := $(shell date -u -d '$(TODAY) 1 day ago' +%F)
export DO_NOT_TRACK = 1
export DBT_SEND_ANONYMOUS_USAGE_STATS = false

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("Python 3.11 to 3.13 is needed, $(PYTHON) is %d.%d: make PYTHON=python3.12 setup" % v)'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[0-9.]*' requirements.lock)"
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync --quiet requirements.lock
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip install --quiet --no-deps --editable .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib $(PACKAGES) > /dev/null || true # some packages ship templates that are no Python
	@touch $@

.PHONY: setup
setup: $(VENV)/.ready ## set up .venv from requirements.lock (quick when nothing changed)

.PHONY: demo
demo: setup ## simulate 60 customers over 400 days, materialise the last 30, show the portfolio
	@$(BIN)/portfolio simulate $(DEMO)/landing --from $(FIRST) --to $(LAST) --usage-from $(FIRST_USED) --customers 60 --seed 1 --events --overwrite
	@$(BIN)/portfolio materialize --landing $(DEMO)/landing --home $(DEMO)/home --from $(AS_OF) --to $(LAST)
	@$(BIN)/portfolio show --home $(DEMO)/home

.PHONY: demo-webex
demo-webex: setup ## the same from a simulated Webex on this machine, asked on three days
	@rm -rf $(DEMO)/webex
	@$(BIN)/python -m sources.simulator.webex --days 3 --contract $(DEMO)/webex/contract.csv -- $(BIN)/portfolio materialize --home $(DEMO)/webex/home
	@$(BIN)/portfolio show --home $(DEMO)/webex/home

.PHONY: serve
serve: setup ## Dagster's web interface and daemon on 127.0.0.1:3000, for the demo's home folder
	@$(BIN)/portfolio serve --landing $(DEMO)/landing --home $(DEMO)/home

BI := .venv-bi
BI_DEMO := $(DEMO)/home/serving/portfolio.duckdb

$(BI_DEMO):
	@$(MAKE) --no-print-directory demo

# Superset's pinned numpy and pandas have no wheels for Python 3.13.
$(BI)/.ready: bi/requirements.lock | setup
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v in ((3, 11), (3, 12)) or sys.exit("Superset needs Python 3.11 or 3.12, $(PYTHON) is %d.%d: make PYTHON=python3.12 bi" % v)'
	@echo "setting up $(BI) (Apache Superset, 700 MB) …"
	@$(BIN)/uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(BI)
	@VIRTUAL_ENV="$(CURDIR)/$(BI)" $(BIN)/uv pip sync --quiet bi/requirements.lock
	@touch $@

.PHONY: bi
bi: $(BI)/.ready $(if $(PORTFOLIO_HOME)$(PORTFOLIO_BI_DSN),,$(BI_DEMO)) ## the dashboard in Apache Superset on 127.0.0.1:8088, for the demo's home folder or PORTFOLIO_HOME
	@exec $(BI)/bin/python -m bi serve

.PHONY: bi-export
bi-export: $(BI)/.ready ## write the dashboard, as edited in the browser, into bi/superset
	@$(BI)/bin/python -m bi export

.PHONY: bi-lock
bi-lock: setup ## resolve bi/requirements.in again and rewrite bi/requirements.lock
	@$(BIN)/uv pip compile bi/requirements.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet --upgrade --output-file bi/requirements.lock

# Always of the same days: what is on the page is then the same on every day on which it is tested.
BI_TESTED := bi/artifacts/demo

$(BI_TESTED)/home/serving/portfolio.duckdb:
	@$(MAKE) --no-print-directory demo DEMO=$(BI_TESTED) TODAY=2026-11-27

.PHONY: test-bi
test-bi: $(BI)/.ready $(BI_TESTED)/home/serving/portfolio.duckdb ## test the dashboard in Chromium (apt install chromium), screenshots into bi/artifacts
	@command -v chromium > /dev/null || { echo "chromium is missing: apt install chromium"; exit 1; }
	@$(BIN)/pytest bi/tests

SPARK := .venv-spark

$(SPARK)/.ready: requirements-spark.lock pyproject.toml | setup
	@echo "setting up $(SPARK) (pyspark, 500 MB more) …"
	@$(BIN)/uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(SPARK)
	@VIRTUAL_ENV="$(CURDIR)/$(SPARK)" $(BIN)/uv pip sync --quiet requirements-spark.lock
	@VIRTUAL_ENV="$(CURDIR)/$(SPARK)" $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

.PHONY: setup-spark
setup-spark: $(SPARK)/.ready ## set up .venv-spark, which builds on a Spark cluster as well (docs/spark.md)

.PHONY: java
java:
	@java -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])' || { echo "Java 17 or newer is missing: apt install openjdk-17-jre-headless"; exit 1; }

.PHONY: test-spark
test-spark: java $(SPARK)/.ready ## test the engine Spark on a cluster of this machine (apt install openjdk-17-jre-headless)
	@$(SPARK)/bin/pytest tests/spark

NEWER := .venv-newer
# The suite's core: marts by hand, publication, what reads it, the lake; and what is about newer engines alone.
NEWER_TESTS := tests/newer tests/unit/storage/publication tests/unit/storage/reading tests/unit/storage/lake tests/unit/storage/warehouse

$(NEWER)/.ready: requirements.lock pyproject.toml bin/setup-newer $(wildcard tests/newer/requirements/*.lock) | setup
	@echo "setting up $(NEWER) (DuckDB 2, the next dbts, older drivers; 1 GB) …"
	@bin/setup-newer
	@touch $@

.PHONY: test-newer
test-newer: $(NEWER)/.ready ## test the core with the next major DuckDB, older drivers on what it publishes, and parse with the next dbts
	@$(NEWER)/bin/python -m pytest $(NEWER_TESTS)

.PHONY: newer-lock
newer-lock: setup ## resolve again what test-newer runs in (versions: bin/setup-newer)
	@bin/setup-newer lock

.PHONY: test
test: setup ## run all tests, but for those of test-bi, test-spark, test-newer and test-pythons
	@$(BIN)/pytest --ignore tests/spark --ignore tests/newer --ignore tests/pythons --numprocesses 2 --dist loadfile --no-loadscope-reorder # in order of folders, tests/unit with its short files last

.PHONY: test-pythons
test-pythons: setup ## install the wheel into each Python 3.11 to 3.13 that is here, and run every command (long; downloads)
	@$(BIN)/pytest tests/pythons

.PHONY: test-install
test-install: setup ## execute docs/installation.md in a bare Debian with systemd (needs root; apt install debootstrap systemd-container)
	@bin/test-install

.PHONY: soak
soak: setup ## kill 30 runs in any order of ranges and late files, interrupt 30 more, with Dagster's runs in files and in PostgreSQL; read by 32 processes meanwhile; a failing Webex of 2,000 organisations, and kills of its runs
	@PORTFOLIO_SOAK=30 $(BIN)/pytest tests/e2e/test_any_order.py tests/e2e/test_interruptions.py -k "any_order_ends or random or any_stage"
	@PORTFOLIO_SOAK=1 $(BIN)/pytest tests/e2e/test_ui_backfill.py tests/e2e/test_two_homes.py
	@PORTFOLIO_SOAK=30 $(BIN)/pytest tests/e2e/test_readers.py
	@PORTFOLIO_SOAK=1 $(BIN)/pytest tests/e2e/test_webex_failing.py tests/e2e/test_webex_kills.py
	@PORTFOLIO_SOAK=5 $(BIN)/pytest tests/e2e/test_webex_parity.py

.PHONY: fuzz
fuzz: setup ## 30 more random portfolios through the real command, and 20,000 more random landing files
	@PORTFOLIO_FUZZ=30 $(BIN)/pytest tests/e2e/test_property.py
	@PORTFOLIO_FUZZ=5000 $(BIN)/pytest tests/fuzz

BENCH_DATA ?= /var/tmp/portfolio-bench

.PHONY: bench
bench: setup ## measure against plain DuckDB (long; about 3 GB of simulated data in BENCH_DATA, and 10 GB of room meanwhile), and see that the rivals' marts are right
	@$(BIN)/python -m bench.speed --data $(BENCH_DATA)
	@$(BIN)/python -m bench.rivals.agreement

.PHONY: lint lint-python lint-types lint-sql lint-definitions
lint: lint-python lint-types lint-sql lint-definitions ## ruff, mypy, sqlfluff, Dagster's own check of the definitions

lint-python: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff check --quiet --preview --select PLW1514 $(PACKAGES) release bi # a file's encoding is said, else it is the terminal's
	@$(BIN)/ruff format --check .

lint-types: setup
	@$(BIN)/mypy

lint-sql: setup
	@bin/lint-sql

lint-definitions: setup
	@bin/check-definitions

.PHONY: format
format: setup ## rewrite Python and SQL as the linters want them
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@bin/lint-sql fix

.PHONY: lock
lock: setup ## resolve pyproject.toml again and rewrite requirements.lock
	@bin/lock

.PHONY: wheel
wheel: setup ## build dist/partner_portfolio-….whl, to install where no checkout is
	@$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist

.PHONY: release
release: setup ## VERSION=0.2.0: build, check, commit and tag a release (docs/releasing.md); nothing is pushed
	@$(BIN)/python -m release "$$VERSION" # make hands it on by the environment, and the shell runs nothing of it

.PHONY: clean
clean: ## remove the demo, .venv, built wheels and every cache
	@rm -rf $(DEMO) $(VENV) $(BI) $(SPARK) $(NEWER) bi/artifacts build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target
