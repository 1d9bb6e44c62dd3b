# make demo | test | lint | format | docs | clean      needs Python 3.11 or newer and PyPI; all is installed into .venv
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

.PHONY: demo test lint format docs venv clean

demo: venv
	$(BIN)/tnsolve distill digits

test: venv
	$(BIN)/python -m pytest -q
	$(BIN)/ruff check

lint: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

format: venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: venv
	@$(PIP) install -c constraints.txt --group docs
	$(BIN)/tnsolve prove --pages docs/ledger
	$(BIN)/mkdocs build --strict

venv: .venv/.complete

# torch goes first, alone, at its exact version: a range may prefer a GPU build of gigabytes to a CPU build at hand.
.venv/.complete: pyproject.toml constraints.txt
	@echo "set-up 1/3: virtual environment"
	@$(PYTHON) -m venv .venv
	@$(PIP) install --upgrade "pip>=25.1"
	@echo "set-up 2/3: torch"
	@$(PIP) install -c constraints.txt torch==2.13.0
	@echo "set-up 3/3: tnsolve and its test tools"
	@$(PIP) install -c constraints.txt -e ".[sklearn,plots,proofs]" --group tests --group lint
	@touch $@

clean:
	rm -rf .venv .hypothesis .pytest_cache .ruff_cache build dist site
	find . -name __pycache__ -prune -exec rm -rf {} +
