# Two commands for a newcomer: make demo, make test. They need Python 3.10 to 3.13 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Test processes: one a core with one thread each, at most four, for each loads PyTorch; a file's tests stay together.
WORKERS := -n auto --maxprocesses 4 --dist loadfile

.PHONY: help demo test check clean

help:
	@echo "make demo    install into .venv, then track the people of a short clip and score the result"
	@echo "make test    install into .venv, then run the tests (under ten minutes)"
	@echo "make check   the slow tests, types, layers and lint as well: what CI runs"
	@echo "make clean   remove .venv and the results in runs/"

demo: $(VENV)/.installed
	$(BIN)/python -m posetrack demo

test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(WORKERS)

check: $(VENV)/.installed-dev
	$(BIN)/flake8 posetrack tools tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(WORKERS) -m "not gpu" --cov --cov-report=term:skip-covered

$(BIN)/python:
	@echo "== making a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.10 to 3.13 is needed, $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@free=$$(df -Pk . | awk 'NR == 2 { print int($$4 / 1048576) }'); test "$$free" -ge 7 || \
	  echo "   only $$free GB are free here; PyTorch with its CUDA libraries takes 6" >&2
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "== installing posetrack and what it needs into $(VENV) (PyTorch is large: a few minutes, up to 6 GB)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: setup.cfg pyproject.toml | $(BIN)/python
	@echo "== installing posetrack and its test tools into $(VENV) (PyTorch is large: a few minutes, up to 6 GB)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) runs
