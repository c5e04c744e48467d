# make demo   a made-up authority, its reports, and one refusal with its way out
# make test   everything that is checked, on a machine with only Python and make
#
# Both set up all they need in .venv, from requirements.lock with hashes. A second run starts at once.

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help

# The first of these that runs, is 3.11 or 3.12 and can make an environment. `make PYTHON=/path/to/python demo` picks another.
PYTHON ?= $(shell for name in python3.12 python3.11 python3 python; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1 \
	&& { command -v "$$name"; break; }; done)

# The other of the two, where the machine has it: what a report says may not hang on which.
OTHER_PYTHON ?= $(shell for name in python3.12 python3.11 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[12].*/bin/python; do \
	"$$name" -c 'import sys, venv, ensurepip' >/dev/null 2>&1 || continue; \
	other=$$("$$name" -c 'import sys; print(sys.version_info[:2])'); \
	test "$$other" = "$$("$(PYTHON)" -c 'import sys; print(sys.version_info[:2])')" || { command -v "$$name"; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
REFUSED := parameters/area_profile/refused.yaml
# Earlier years first: a later report repeats them beside its own.
PERMITTED := $(sort $(wildcard parameters/batch/earlier_years_of_*.yaml)) \
	$(filter-out $(REFUSED),$(sort $(wildcard parameters/area_profile/*.yaml))) \
	parameters/area_outcomes/east.yaml parameters/bespoke_school/elderhaven.yaml parameters/data_quality_return/elderhaven.yaml \
	parameters/ofsted_and_floor/authority.yaml parameters/pupil_report/elderhaven.yaml \
	parameters/signatory_register/authority.yaml parameters/transfer_pack/elderhaven.yaml
OTHER_VENV := $(VENV)-other
UV_VENV := $(VENV)-uv
OUTLOUD_VENV := $(VENV)-outloud

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# The project's own environment and no other: a PYTHONPATH or a user's packages must not leak in.
unexport PYTHONPATH
export PYTHONNOUSERSITE := 1
# A report starts several processes, and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test other hunt lint lock outloud environment notebooks cases measures docs clean install python

help:
	@echo "make demo    make a made-up authority and its reports in this folder"
	@echo "make test    run every check"
	@echo "make other   set up the other Python, for a test that both write the same bytes where both are there"
	@echo "make hunt    look for leaks with many more examples, drawn at random"
	@echo "make lint    style, types and the order of the rooms"
	@echo "make lock    choose the newest versions that pyproject.toml allows"
	@echo "make docs    the documents as a site, in site/"
	@echo "make outloud set up the checker of PDFs that a test uses where it is there"
	@echo "make notebooks  run the notebooks again and keep their outputs"
	@echo "make clean   remove .venv and what tools left behind; data, state and outputs stay"

install: $(INSTALLED)

python:
	@test -n "$(PYTHON)" || { \
		echo "kdsp needs Python 3.11 or 3.12 with its venv module, and found neither"; \
		echo "(tried python3.12, python3.11, python3 and python; on Debian, venv is a package of its own: python3-venv)."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 demo"; exit 1; } >&2

$(LOCKED): requirements.lock | python
	@echo "Setting up $(VENV) with $(PYTHON); the first time takes a few minutes."
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml $(wildcard kdsp_lib/custodian/kernelspec/*)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check
	@$(BIN)/python -m compileall -q kdsp_lib
	@touch $@

# The permitted reports; then one that the protocol refuses, which must end with the code of a refusal (12).
demo: $(INSTALLED)
	@if test -d files; then $(BIN)/kdsp demo --into .; else $(BIN)/kdsp demo --into . --files; fi
	@$(BIN)/kdsp run $(PERMITTED)
	@echo
	@echo "One request that the protocol does not permit, with its way out:"
	@code=0; $(BIN)/kdsp run $(REFUSED) || code=$$?; \
		test "$$code" -eq 12 || { echo "It should have been refused (12) and ended with $$code."; exit 1; }
	@echo
	@echo "The reports are in outputs/: open outputs/index.html."
	@echo "To ask your own questions: $(BIN)/kdsp lab area_profile"

# A process a core, up to four; a file's tests stay together, for they share what is dear to make.
test: $(INSTALLED) lint
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# An environment of the other Python, of the same versions by the same hashes: a test compares what the two write. Where
# the machine has one Python alone it is told, and the test says that it was skipped.
other: | python
	@if test -z "$(OTHER_PYTHON)"; then echo "There is no other Python here than $(PYTHON)."; \
	elif ! test $(OTHER_VENV)/.locked -nt requirements.lock; then \
		rm -rf $(OTHER_VENV); "$(OTHER_PYTHON)" -m venv $(OTHER_VENV); \
		$(OTHER_VENV)/bin/python -m pip install --quiet --no-compile --require-hashes --no-deps -r requirements.lock; \
		$(OTHER_VENV)/bin/python -m pip install --quiet --no-compile --no-deps --no-build-isolation --editable .; \
		touch $(OTHER_VENV)/.locked; fi

# Tests that draw examples, so many TIMES as many, at random; IN: the tests to run, all of them where it is not said.
TIMES ?= 20
IN ?= $(shell grep -rlE --include='test_*.py' '^(from|import) hunting' tests)
hunt: $(INSTALLED)
	KDSP_HUNT=$(TIMES) $(BIN)/python -m pytest $(IN) --numprocesses auto --maxprocesses 4 --dist worksteal

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: | python
	rm -rf $(UV_VENV)
	"$(PYTHON)" -m venv $(UV_VENV)
	$(UV_VENV)/bin/python -m pip install --quiet uv
	$(UV_VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --extra test pyproject.toml --output-file requirements.lock
	rm -rf $(UV_VENV)
	$(MAKE) environment

environment: | python
	"$(PYTHON)" tools/environment.py

# A checker of PDFs, for one of the tests; it brings much of its own, so it has an environment of its own.
outloud: | python
	@test -x $(OUTLOUD_VENV)/bin/outloud || "$(PYTHON)" -m venv $(OUTLOUD_VENV)
	@$(OUTLOUD_VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r tests/accessible/outloud.txt

# The cases of the protocol's manual, as a page.
cases: $(INSTALLED)
	$(BIN)/python tools/protocol_cases.py

# The measures, as a page.
measures: $(INSTALLED)
	$(BIN)/python tools/measures.py

# The documents as a site; a link that leads nowhere is an error.
docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "Open site/index.html."

# Outputs of the made-up authority, kept with the notebooks.
notebooks: $(INSTALLED)
	$(BIN)/python tools/notebooks.py

clean:
	-test ! -x $(BIN)/kdsp || $(BIN)/kdsp custodian stop
	rm -rf $(VENV) $(OTHER_VENV) $(UV_VENV) $(OUTLOUD_VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis site
