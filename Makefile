# Palate: `make demo` runs the main job, `make test` passes the tests; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
WORKERS ?= auto
# What tests need; with deep and embeddings (PyTorch, a gigabyte on some machines) those of neural networks run, too.
EXTRAS ?= demo,dev

.PHONY: help demo test check bench docs format clean

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Palate needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Palate into $(VENV) (once, about a minute) …"
	@$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Palate and its test tools into $(VENV) (once, about a minute) …"
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## From real ratings to a verdict and a report in demo/
	@$(BIN)/palate demo -o demo

test: $(VENV)/.dev  ## Run the tests, with the coverage of branches
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest -n $(WORKERS) --cov --cov-report=
	@$(BIN)/coverage report

check: $(VENV)/.dev  ## Linters, formatting, types, layers, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

# Files with an underscore are parts; aggregation, pairs and agreement are rows of benchmarks.py.
ALONE := $(filter-out bench/_% bench/benchmarks.py bench/aggregation.py bench/pairs.py bench/agreement.py,$(wildcard bench/*.py))

bench: $(VENV)/.dev  ## Time Palate against its peers, write docs/benchmarks.md
	@$(PIP) --editable '.[bench]'
	@$(BIN)/python bench/benchmarks.py
	@set -e; for file in $(ALONE); do echo "== $$file"; $(BIN)/python $$file; done

docs: $(VENV)/.dev demo  ## Make the picture of the report for the README (needs Chromium)
	@$(BIN)/python docs/picture.py

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

clean:  ## Remove what was built
	rm -rf $(VENV) demo .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
