# make serve: set up and serve on $PORT.   make test: set up and run linters and tests.
# make bench: set up and measure, beside the servers that people write by hand; ten minutes on a quiet machine.
# make lock: pin again all that the image installs, after a change of what it is made of.
# They keep what they set up in .venv, .venv-clients and .venv-peers, until a requirements file changes.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
CLIENTS := .venv-clients
PEERS := .venv-peers
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: serve test lint lock drills publish weights docs bench clean

serve: $(VENV)/serve.stamp
	@echo "Serving on http://127.0.0.1:$(PORT)  (Ctrl-C stops). Try:"
	@echo "  curl -F file=@model_cache/builtin/examples/shapes.jpg http://127.0.0.1:$(PORT)/predict"
	@$(BIN)/functions-framework --target predict --port $(PORT)

test: lint $(CLIENTS)/stamp
	CLIENTS_PYTHON=$(abspath $(CLIENTS))/bin/python $(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The head of the lock holds the digest of what it is made of, by which a test knows one that is too old.
LOCKED := requirements-onnx.txt requirements-lambda.txt
lock: $(VENV)/dev.stamp
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock    # of $$(grep -hv '^#' $(LOCKED) | sha256sum | cut -c1-64)" \
	  $(LOCKED) --output-file requirements-image.lock $(ARGS)

# make publish WEIGHTS=best.pt TO=gs://bucket/models/helmets; more options in ARGS, see docs/publish.md.
publish: $(VENV)/publish.stamp
	@test -n "$(WEIGHTS)" -a -n "$(TO)" || { echo "make publish WEIGHTS=best.pt TO=gs://bucket/models/helmets"; exit 2; }
	@$(BIN)/python -m model_cache.publish "$(WEIGHTS)" "$(TO)" $(ARGS)

# Load, floods and faults against the real server, for some minutes; its figures want a quiet machine.
drills: $(VENV)/dev.stamp
	$(BIN)/python -m tests.drills --full --json docs/drills.json

weights: $(VENV)/dev.stamp
	$(BIN)/python -m model_cache.builtin.train

docs: $(VENV)/dev.stamp
	$(BIN)/python -m tests.model_cache.parity
	$(BIN)/python -m tests.model_cache.precisions
	$(BIN)/python -m docs.fill

# BENCH=--quick takes a minute or two, to see that it works.
bench: $(VENV)/dev.stamp $(PEERS)/stamp
	$(BIN)/python -m tests.bench $(BENCH)
	$(BIN)/python -m docs.fill

clean:
	rm -rf $(VENV) $(CLIENTS) $(PEERS) .bench

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: requirements.txt requirements-onnx.txt | $(BIN)/python
	@echo "Installing requirements.txt into $(VENV) (a minute or two, once)"
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/publish.stamp: requirements-publish.txt $(VENV)/serve.stamp
	@echo "Installing requirements-publish.txt into $(VENV)"
	$(PIP) install -r requirements-publish.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/publish.stamp
	@echo "Installing requirements-dev.txt into $(VENV)"
	$(PIP) install -r requirements-dev.txt
	@touch $@

# Roboflow's packages pin other versions of what we use, hence an environment of their own, for the tests alone.
$(CLIENTS)/stamp: requirements-clients.txt
	@echo "Installing requirements-clients.txt into $(CLIENTS)"
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/pip --disable-pip-version-check --quiet install -r requirements-clients.txt
	@touch $@

# What we are compared with, in an environment of its own: one has either our packages or theirs.
$(PEERS)/stamp: requirements-peers.txt
	@echo "Installing requirements-peers.txt into $(PEERS)"
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip --disable-pip-version-check --quiet install -r requirements-peers.txt
	@touch $@
