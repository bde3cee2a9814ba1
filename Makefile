# Everything runs in .venv, which is made on the first use from pyproject.toml and constraints.txt.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# One more than most machines of CI have cores: a test waits a third of its time.
JOBS ?= 3
DIR ?= ./dbtree-demo

# Packages that also run under the interpreter of the user's dbt, which may be Python 3.10.
ON_DBT_PYTHON := $(patsubst %/__init__.py,%,$(wildcard $(addsuffix /__init__.py,tui/protocol tui/engine tui/definitions)))

# The fast tests: pure logic (graph, selection, tree, plans, the run log, schedules, definitions,
# scaffold, text, the wire) and the screens on a workspace without an engine. What is left out:
# whatever starts dbt (marked `dbt`; a `dbt` that cannot be imported stands before the real one),
# the engine, the workspace, the command line as a process, the file watcher, end to end.
FAST := $(addprefix tests/,definitions graph protocol runs scaffold schedules selection serve text tree ui)

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-slow test-dbt test-engines test-warehouses test-browser check format bench screenshots soak lock build clean

help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Open the bundled dbt project (a copy in DIR, by default ./dbtree-demo)
	@$(BIN)/dbtree demo $(DIR)

test: $(VENV)/.installed ## Run the tests (JOBS=3, ARGS="-k words" for some of them)
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=30 $(ARGS)

# These wait for nothing.
test-fast: JOBS = 2
test-fast: $(VENV)/.installed ## Run the pure tests and those of the screens, for the inner loop
	@PYTHONPATH=$(CURDIR)/.ci/without_dbt $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile \
		-m "not dbt and not soak and not slow and not browser" $(FAST) $(ARGS)

check: $(VENV)/.installed ## Check format, lint, types and the direction of imports
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make format'."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
ifneq ($(ON_DBT_PYTHON),)
	@$(BIN)/mypy --python-version 3.10 $(ON_DBT_PYTHON)
endif
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

test-slow: $(VENV)/.installed ## Run the tests that 'make test' leaves out to stay short
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=30 -m slow $(ARGS)

test-dbt: $(VENV)/.installed ## Run the tests of the engine with another dbt-core (DBT=1.12, in an environment of its own)
	@$(BIN)/python -m tests.matrix $(or $(PYTHON_OF_DBT),3.13)/$(or $(DBT),1.12) $(if $(ARGS),-- $(ARGS))

test-engines: $(VENV)/.installed ## Run the suite of what an engine must do with dbt v2 (downloads it)
	@$(BIN)/python -m tests.dbt_v2 $(ARGS)

bench: $(VENV)/.installed ## Measure the speed (SIZE=1000 for that many models, DBT=1.12,v2 for other dbts)
	@$(BIN)/python -m tests.bench $(if $(SIZE),--size $(SIZE)) $(if $(DBT),--dbt $(DBT)) $(ARGS)

screenshots: $(VENV)/.installed ## Make the pictures in screenshots/
	@$(BIN)/python -m tests.screenshots $(ARGS)

test-warehouses: $(VENV)/.installed ## Run the suite on DuckDB, Postgres and Spark (needs Java 17)
	@DBTREE_TEST_WAREHOUSES=duckdb,postgres,spark $(BIN)/python -m pytest -q -m "not soak" tests/warehouses $(ARGS)

test-browser: $(VENV)/.installed ## Run the tests in a browser (needs Chromium: apt-get install chromium)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt -e '.[browser]' --no-build-isolation
	@$(BIN)/python -m pytest -q -m browser tests/serve $(ARGS)

soak: $(VENV)/.installed ## Run the slow and the long tests and many examples, then those of the engine with each Python and dbt
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "soak or slow or hypothesis" $(ARGS)
	@$(BIN)/python -m tests.matrix $(MATRIX)

lock: $(VENV)/.installed ## Pin the newest allowed versions in constraints.txt (uses Python 3.11)
	@echo "Resolving the dependencies."
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make lock needs a .venv of Python 3.11, the oldest supported.")'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --dry-run --ignore-installed \
		--report $(VENV)/resolution.json hatchling editables "dbt-core<1.12" -e ".[dev]"
	@$(BIN)/python .ci/write-lock.py < $(VENV)/resolution.json > $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt
	@git --no-pager diff --stat -- constraints.txt

build: $(VENV)/.installed ## Build the wheel and the source distribution into dist/
	@$(BIN)/hatchling build -d dist

clean: ## Remove what was made here, except .venv
	@rm -rf build dist .bench dbtree-demo snapshot_report.html
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" .ci/set-up-venv
