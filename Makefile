# make run      set up and serve the chat      make test   run every test
# make install  the set-up part alone          make quick  tests without model, browser or drill
#                                              make check  format, lint, types, generated docs
PYTHON ?= python3
PY := .venv/bin/python
.PHONY: run install quick test check format docs pictures clean
.DEFAULT_GOAL := run

.venv/.installed: pyproject.toml constraints.txt
	@echo "Installing into .venv; this takes a few minutes the first time."
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --disable-pip-version-check -q -c constraints.txt -e .
	touch $@

.venv/.dev: .venv/.installed
	$(PY) -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev]'
	touch $@

install: .venv/.installed
	$(PY) -m bot setup

# Once for this environment; whatever is missing later, the server makes by itself.
.venv/.set-up: .venv/.installed
	$(PY) -m bot setup
	touch $@

run: .venv/.set-up
	$(PY) -m bot serve

test: .venv/.dev
	$(PY) -m tests.web.chromium
	$(PY) -m pytest

quick: .venv/.dev
	$(PY) -m pytest -m "not real and not browser and not slow"

check: .venv/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m bot.documentation --check

format: .venv/.dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

docs: .venv/.dev
	$(PY) -m bot.documentation

pictures: .venv/.dev
	$(PY) -m tests.web.pictures

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
