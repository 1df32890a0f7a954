# make serve: set up and serve on $PORT.   make test: set up and run linters and tests.
# Both keep what they set up in .venv, and the vendors' clients in .venv-clients, until a requirements file changes.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
CLIENTS := .venv-clients
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: serve test lint weights docs clean

serve: $(VENV)/serve.stamp
	@echo "Serving on http://127.0.0.1:$(PORT)  (Ctrl-C stops). Try:"
	@echo "  curl -F file=@model_cache/builtin/examples/shapes.jpg http://127.0.0.1:$(PORT)/predict"
	@$(BIN)/functions-framework --target predict --port $(PORT)

test: lint $(CLIENTS)/stamp
	CLIENTS_PYTHON=$(abspath $(CLIENTS))/bin/python $(BIN)/python -m pytest

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

weights: $(VENV)/dev.stamp
	$(BIN)/python -m model_cache.builtin.train

docs: $(VENV)/dev.stamp
	$(BIN)/python -m tests.model_cache.parity
	$(BIN)/python -m docs.fill

clean:
	rm -rf $(VENV) $(CLIENTS)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: requirements.txt requirements-onnx.txt | $(BIN)/python
	@echo "Installing requirements.txt into $(VENV) (a minute or two, once)"
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/serve.stamp
	@echo "Installing requirements-dev.txt into $(VENV)"
	$(PIP) install -r requirements-dev.txt
	@touch $@

# Roboflow's packages pin other versions of what we use, hence an environment of their own, for the tests alone.
$(CLIENTS)/stamp: requirements-clients.txt
	@echo "Installing requirements-clients.txt into $(CLIENTS)"
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/pip --disable-pip-version-check --quiet install -r requirements-clients.txt
	@touch $@
