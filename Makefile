# make demo            train a teacher on digits and fit students to it
# make test            tests, every proof, lint, format, types
# make test-thorough   the core's properties on 500 random examples each; SEED=n repeats a run
# make wheel-check     build the wheel and try it in a clean environment, without any extra
# make lint | format | docs | clean
# Needs Python 3.11 or newer and PyPI; all is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

SEED ?= $(shell $(PYTHON) -c "import random; print(random.randrange(2**32))")
CORE := kernels linalg_legs contraction transfer features networks linear_networks scales samples moments metrics \
	local sweeping regression starts bregman_pca

.PHONY: demo test test-thorough wheel-check lint format docs venv clean

demo: venv
	$(BIN)/tnsolve distill digits

test: venv
	$(BIN)/python -m pytest -q
	$(MAKE) lint

test-thorough: venv
	$(BIN)/python -m pytest -q --hypothesis-profile=thorough --hypothesis-seed=$(SEED) $(CORE:%=tests/test_%.py)

wheel-check: venv
	$(BIN)/python experiments/clean_install.py -c constraints.txt

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
	@$(PIP) install -c constraints.txt -e ".[sklearn,plots]" --group tests --group lint
	@touch $@

clean:
	rm -rf .venv .hypothesis .pytest_cache .ruff_cache build dist site
	find . -name __pycache__ -prune -exec rm -rf {} +
