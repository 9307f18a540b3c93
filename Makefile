# Two commands for a newcomer: make demo, make test. They need Python 3.10 to 3.13 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test check clean

help:
	@echo "make demo    install into .venv, then track the people of a short clip and score the result"
	@echo "make test    install into .venv, then run the tests (under ten minutes)"
	@echo "make check   the slow tests, types, layers and lint as well: what CI runs"
	@echo "make clean   remove .venv and the results in runs/"

demo: $(VENV)/.installed
	$(BIN)/python -m posetrack demo

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/flake8 posetrack tools tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not gpu" --cov --cov-report=term:skip-covered

$(BIN)/python:
	@echo "== making a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.10 to 3.13 is needed, $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

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
