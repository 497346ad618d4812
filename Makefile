# make demo    a simulated data centre and the real agent, in the terminal
# make test    every check: format, lint, types, layers, tests
# make bench   the figures, beside programs that do the same work
# make dashboards   all that is made from code, anew: dashboards, rules, references

VENV ?= .venv
# The first Python here that is new enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin

.PHONY: demo test bench dashboards install servers format clean

demo: $(VENV)/installed
	@$(BIN)/carbond demo $(ARGS)

# Three at a time also on two cores: many tests wait for a server.
test: $(VENV)/installed-for-tests servers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# Beside its peers; what is not installed is skipped by name. See docs/bench.md.
bench: $(VENV)/installed-for-tests
	@$(BIN)/python -m tests.bench $(ARGS)

# What is committed beside the code that it is made from: tests fail where the two disagree. With
# settings in /etc/carbond the alert rules would have their thresholds: do it elsewhere.
dashboards: $(VENV)/installed-for-tests
	$(BIN)/python -m deploy.grafana
	$(call printed,carbond alerts rules,deploy/prometheus/carbond.rules.yml)
	$(BIN)/python -m deploy.kubernetes
	$(call printed,carbond reference settings,docs/configuration.md)
	$(call printed,carbond reference metrics,docs/metrics.md)
	$(call printed,carbond profile list --markdown,docs/profiles.md)

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	$(call environment)
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/installed-for-tests: pyproject.toml
	$(call environment)
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/installed

# The real servers that the tests talk to, where they can be installed.
servers:
	@tests/install-servers

format:
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

define environment
	@test -n "$(PYTHON)" || { echo "carbond needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { echo "cannot make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }
endef

# Only a command that succeeds replaces what is there.
define printed
$(BIN)/$(1) > $(2).new && mv $(2).new $(2) || { rm -f $(2).new; exit 1; }
endef
