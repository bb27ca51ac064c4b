# Set-up, demo, tests and checks. `make env` works in steps; each leaves a stamp, so that a second run finds nothing to do.
# On the machine only Python ≥ 3.11, git and make are expected; another interpreter: make PYTHON=python3.12 env

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
DONE := .venv/done
ENGLISH := web/translations/en/LC_MESSAGES/messages.po
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv
LOCK := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 --universal --custom-compile-command "make lock"

.PHONY: help env app browser demo demo-once test fuzz faults pictures texts check format bench lock clean

help:
	@echo "make env        Umgebung: Pakete, Oberfläche, Browser für die Tests"
	@echo "make demo       Demo auf http://127.0.0.1:8000 bis Strg-C"
	@echo "make demo-once  ein Antrag von vorn bis hinten, mit Zeiten"
	@echo "make test       alles, was CI prüft"
	@echo "make fuzz       50.000 zufällige Prozesse statt 1.000; SEED=… wiederholt einen Lauf, FUZZ=5 würfelt ein Zehntel"
	@echo "make faults     alle Störungen auf beiden Datenbanken, etwa eine halbe Stunde; FAULTS=\"--database sqlite --seed 3\" wählt aus"
	@echo "make pictures   die Bilder in docs/desk.md neu aufnehmen"
	@echo "make texts      die Texte der Oberfläche neu einsammeln, für die englische Übersetzung"
	@echo "make check      ruff, mypy, import-linter"
	@echo "make format     Quelltext formatieren"
	@echo "make bench      Messungen"
	@echo "make lock       Versionen neu festschreiben"
	@echo "make clean      Umgebung und Gebautes löschen, Daten nicht"

# --- environment ---------------------------------------------------------------------------------------------------

env: app browser

app: $(DONE)/packages $(DONE)/amtsweg $(DONE)/bundles

$(DONE)/venv: deploy/setup/venv.sh deploy/setup/requirements-uv.lock
	@deploy/setup/venv.sh "$(PYTHON)"
	@mkdir -p $(DONE) && touch $@

$(DONE)/packages: $(DONE)/venv requirements-test.lock deploy/setup/packages.sh
	@deploy/setup/packages.sh
	@touch $@

$(DONE)/amtsweg: $(DONE)/venv deploy/setup/command.py
	@$(BIN)/python deploy/setup/command.py
	@touch $@

$(DONE)/modules: $(DONE)/venv package.json package-lock.json .npmrc deploy/setup/modules.sh deploy/setup/node.sh
	@deploy/setup/modules.sh
	@touch $@

$(DONE)/bundles: $(DONE)/modules web/static/build.mjs $(wildcard web/static/src/*) $(ENGLISH)
	@. deploy/setup/node.sh && node web/static/build.mjs
	@touch $@

browser:
	@deploy/setup/browser.sh

# --- run -----------------------------------------------------------------------------------------------------------

demo: app
	@exec $(BIN)/amtsweg demo

demo-once: app
	@exec $(BIN)/amtsweg demo --once

# --- test ----------------------------------------------------------------------------------------------------------

test: env
	@deploy/stages.sh test

# Fifty times what a CI run draws. A run that fails is repeated with its seed, which is printed first.
fuzz: SEED := $(shell date +%s)
fuzz: app
	@echo "SEED=$(SEED)"
	@$(BIN)/python -m pytest -W error -q -n 2 --timeout 0 --hypothesis-profile=fuzz --hypothesis-seed=$(SEED) \
		tests/bpmn/test_random_blocks.py tests/bpmn/test_random_tangles.py tests/bpmn/test_oracle.py tests/bpmn/test_mutations.py \
		tests/engine/test_neighbours_at_random.py

# Everything that can fail, one after the other, under load; then nothing may be lost and nothing have happened twice.
faults: app
	@$(BIN)/python -m tests.faults.run $(FAULTS) --write docs/promises.md

pictures: env
	@mkdir -p docs/bilder
	@$(BIN)/python -m pytest -q -m browser --pictures tests/browser/test_pages.py tests/browser/test_betrieb.py tests/browser/test_clerks_day.py tests/browser/test_neighbours.py tests/browser/test_shared_office.py tests/browser/test_amtshilfe.py

texts: app
	@$(BIN)/python deploy/texts.py

check: app
	@deploy/stages.sh check

bench: app
	@deploy/stages.sh bench

format: app
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

# --- versions ------------------------------------------------------------------------------------------------------

lock: $(DONE)/venv
	$(LOCK) requirements.in --output-file requirements.lock
	$(LOCK) requirements-test.in --output-file requirements-test.lock
	$(LOCK) deploy/setup/requirements-uv.in --output-file deploy/setup/requirements-uv.lock
	$(LOCK) deploy/setup/requirements-node.in --output-file deploy/setup/requirements-node.lock
	@. deploy/setup/node.sh && npm install --package-lock-only

clean:
	rm -rf .venv node_modules web/static/bundles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
