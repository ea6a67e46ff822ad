# Everything a fresh Debian 12 needs is installed by these targets; what is there already costs nothing.
#   make demo    a real guest from "does not boot" to "answers", and back        (minutes: it boots four times)
#   make check   format, lint, types, unit tests, rule examples                  (under a minute)
#   make test    make check, then everything that needs the appliance or boots
#   make gallery every guest of test-images/, before and after, and docs/gallery.md  (over an hour)
#   make bench   the figures, as ratios in one run
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
export GUESTFIX_CORPORA ?= $(abspath ../shared/corpora)

.PHONY: all setup packages check test demo bench gallery docs clean

all: check

setup: packages $(VENV)/.installed

packages:
	@tools/install-packages

$(VENV)/.installed: pyproject.toml tools/make-venv
	@tools/make-venv $(VENV)

check: setup
	@tools/check

test: check
	@echo "== exhaustive tests"
	@$(PYTHON) -m pytest -q -n auto --dist worksteal -m "exhaustive and not appliance and not images and not boot"
	@echo "== appliance, images and boots"
	@$(PYTHON) -m pytest -q -n 2 --dist loadfile --durations=20 -m "(appliance or images or boot) and not gallery"

demo: setup
	@tools/demo

gallery: setup
	@$(PYTHON) tools/gallery

bench: setup
	@$(PYTHON) tools/bench

docs: setup
	@tools/docs

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache demo-output
