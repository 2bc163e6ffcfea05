# make compare: the comparison, by one command.   make test: the tests, in PROCESSES processes.
# make report: a site from the committed tables, in SITE.   make docs: the documentation, in docs/_build.   All install first what they need.
PYTHON ?= python3
BIN := .venv/bin
PROCESSES ?= 2
SITE ?= results/site
TUTORIALS ?= run
# Each seed has a test split of its own: the 360 images of the fixed one have been looked at by many studies.
DIGITS := digits[split=seed]

.PHONY: compare report docs test lint bench readme clean clean-results

compare: .venv/installed
	$(BIN)/plausible compare --task "$(DIGITS)"

report: .venv/installed-site
	$(BIN)/plausible report --all --html --out $(SITE)

# Every tutorial runs, some minutes; a broken link or reference is an error. TUTORIALS=skip shows their code alone.
docs: .venv/installed-docs
	PLAUSIBLE_TUTORIALS=$(TUTORIALS) $(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build
	@echo docs/_build/index.html

# Tests start hundreds of processes, each of which would compile the code, where Python is told to write no bytecode.
test: .venv/installed-test
	$(BIN)/python -m compileall -q plausible baselines studies figures
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures and the numbers of the README and of the pages on speed, on criticisms and on rules as they come: some minutes.
# What takes days is read from committed tables: each study says by which commands its table was made.
readme: .venv/installed-bench .venv/installed-spiking
	$(BIN)/plausible compare --task "$(DIGITS)" --out results/digits --overwrite
	$(BIN)/python -m benchmarks
	$(BIN)/python -m studies.plausibility
	$(BIN)/plausible figure accuracy
	$(BIN)/plausible figure plausibility
	$(BIN)/python -m docs.pages results

bench: .venv/installed-bench
	$(BIN)/python -m benchmarks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else \
	  "error: %s is Python %d.%d; expected 3.11, 3.12 or 3.13; try: make PYTHON=python3.12 ..." % (sys.executable, *v))'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Extras of the package; the others are its dependency groups.
.venv/installed-site .venv/installed-docs .venv/installed-spiking: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[$(@:.venv/installed-%=%)]'
	@touch $@

# In one step with the package, as pip builds and resolves anew in each. Who develops also tests.
.venv/installed-%: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group $*
	@touch .venv/installed $(if $(filter dev,$*),.venv/installed-test) $@

# What can be made again at once: the environment and caches. Results stay.
clean:
	rm -rf docs/_build docs/_generated .venv .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# Everything that was computed: days of work, if studies have run.
clean-results:
	@test "$(SURE)" = yes || { echo "error: this removes all of results/: make clean-results SURE=yes" >&2; exit 2; }
	rm -rf results
