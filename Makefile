# Everything a person does with this project. `make` alone lists it.
# Needs Python 3.11 or newer, make and the package index; everything else is installed into .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?=
ARGS   ?=
JOBS   ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench matrix screenshots messages pins clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environment ------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) || { echo "Python lacks its venv module; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q -r requirements/uv.txt || echo "Going on with pip, which is slower."

# uv installs in seconds; where there is no uv for the platform, pip installs the same pins.
$(VENV)/.installed-%: requirements/%.txt | $(BIN)/python
	@echo "Installing what $* needs ..."
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q -p $(BIN)/python --no-python-downloads -r $<; \
	 else $(BIN)/python -m pip install -q -r $<; fi
	@touch $@

DEMO := $(VENV)/.installed-demo
DEV  := $(VENV)/.installed-dev

# --- for everyone -----------------------------------------------------------------------------------------------------

demo: $(DEMO) ## Build the demo shop and serve it at http://127.0.0.1:8000 (DATA=FILE: from UCI's Online Retail file)
	@$(if $(DATA),UPSELL_DEMO_DIR="$${UPSELL_DEMO_DIR:-$(CURDIR)/var/online-retail}") $(BIN)/python manage.py demo --serve $(if $(DATA),--data "$(DATA)") $(ARGS)

test: $(DEV) ## Run the whole test suite (ARGS="-k word" for a part of it, JOBS=2 in as many processes)
	@$(BIN)/python -m pytest $(if $(JOBS),-n $(JOBS) --dist loadfile) $(ARGS)

# --- for developers ---------------------------------------------------------------------------------------------------

lint: $(DEV) ## Check style, types, templates, import directions and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check $$(git ls-files 'upsell/**/*.html' 'demo_shop/**/*.html')
	$(BIN)/djlint --quiet --lint upsell demo_shop
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run upsell

format: $(DEV) ## Format code and templates
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djade $$(git ls-files 'upsell/**/*.html' 'demo_shop/**/*.html')

docs: $(DEV) ## Build the documentation into docs/_build (warnings are errors)
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build

bench: $(DEV) ## Measure the quality and speed of recommendations and of pricing; prints tables and ratios
	$(BIN)/python -m tests.benchmarks $(ARGS)

matrix: $(DEV) ## Run the suite on every supported Python and Django (nox; needs the interpreters)
	$(BIN)/nox $(ARGS)

screenshots: $(DEV) ## Take the README's pictures of the demo shop
	$(BIN)/python -m tests.screenshots $(ARGS)

messages: $(DEV) ## Collect and compile the translations (needs gettext)
	cd upsell && for lang in ja ko th; do ../$(BIN)/django-admin makemessages -l $$lang --no-location -v 0; done
	cd upsell && ../$(BIN)/django-admin compilemessages -v 0

pins: $(DEV) ## Renew the pinned requirement files
	$(BIN)/uv pip compile -q pyproject.toml --extra demo --extra fast --group test --group lint --group docs --group bench \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -o requirements/dev.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra demo -c requirements/dev.txt \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -o requirements/demo.txt

clean: ## Remove the environment, the demo shop's data and everything built
	rm -rf $(VENV) .nox var docs/_build build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
