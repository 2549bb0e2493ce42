# `make demo` and `make test` are all one needs: each makes .venv first. `make help` lists the rest.
PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Triton has no wheels but for Linux.
EXTRAS := dev,torch$(if $(filter Linux,$(shell uname)),$(shell echo ,kernels))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.installed
# Stands beside .venv while it is being made: an interrupted installation is thrown away, not repaired.
UNFINISHED := .venv.unfinished

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# The stamp holds the folder it was made in: an environment that was moved, or whose Python has gone, is made anew.
USABLE := $(shell test -x $(BIN)/python && grep -qxF "$(CURDIR)" $(STAMP) 2>/dev/null && echo yes)
ifneq ($(USABLE),yes)
$(STAMP): again
endif

.PHONY: help install test check docs demo bench clean again
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18
	@echo
	@echo "PYTHON=python3.12 chooses the interpreter; ARGS=\"...\" is handed to pytest, the demo or the benchmark."

install: $(STAMP) ## make .venv and install everything, at the versions of constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "TACOS needs Python 3.11, 3.12 or 3.13, but there is no '$(PYTHON)' here; name one with PYTHON=, for example 'make install PYTHON=python3.12'." >&2; exit 1; }
	@"$(PYTHON)" -c '$(SUPPORTED)' || { \
	  echo "TACOS needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1); name another with PYTHON=, for example 'make install PYTHON=python3.12'." >&2; exit 1; }
	@if [ -e $(UNFINISHED) ] || { [ -e $(STAMP) ] && [ "$(USABLE)" != yes ]; }; then rm -rf $(VENV); fi
	@if [ "$(USABLE)" = yes ]; then $(PIP) --dry-run -e '.[$(EXTRAS)]' -c constraints.txt; fi # no network: keep what works
	@touch $(UNFINISHED)
	@$(BIN)/python -c '$(SUPPORTED)' 2>/dev/null && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || "$(PYTHON)" -m venv --clear $(VENV)
	@echo "Installing TACOS and what it needs into $(VENV): a few minutes the first time."
	@$(PIP) --upgrade "pip>=23.1"
	@$(PIP) -e '.[$(EXTRAS)]' -c constraints.txt
	@echo "$(CURDIR)" > $(STAMP)
	@rm -f $(UNFINISHED)
	@echo "Installed: $(BIN)/tacos"

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(STAMP) ## lint, check the format (ruff) and types (mypy)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(VENV)/.docs ## build the site of the documentation in docs/_build/html; a warning is an error
	rm -rf docs/_build
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html $(ARGS)
	@echo "Built: docs/_build/html/index.html"

$(VENV)/.docs: $(STAMP) # Sphinx and what it brings are installed when the site is first wanted
	@$(PIP) -e '.[docs]' -c constraints.txt
	@touch $@

demo: $(STAMP) ## learn five tasks in a row, with and without the consolidation mechanisms
	$(BIN)/tacos demo $(ARGS)

bench: $(STAMP) ## measure speed and memory
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove caches and build outputs; .venv and runs/ stay
	rm -rf build dist docs/_build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name $(VENV) -prune -o -name runs -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
