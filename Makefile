# `make run` and `make test` are all a newcomer needs; both set up everything first.
PYTHON ?= python3
BIN = .venv/bin
FOR_RUN = libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 python3-venv
FOR_TEST = $(FOR_RUN) postgresql chromium poppler-utils

.PHONY: setup run test test-long check format bench pictures lock clean

setup: .venv/ready

.venv/ready: requirements.lock setup.cfg pyproject.toml
	@.ci/system-packages $(FOR_RUN)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup
	$(BIN)/survey-app demo

test: setup
	@.ci/system-packages $(FOR_TEST)
	$(BIN)/python -m pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: setup
	@.ci/system-packages $(FOR_TEST)
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint survey_app/templates reports --check --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive survey_app --configfile pyproject.toml
	$(BIN)/python -m pytest --quiet tests/house/test_catalogues.py

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djlint survey_app/templates reports --reformat --quiet

pictures: setup
	@.ci/system-packages $(FOR_TEST)
	$(BIN)/python -m tests.pictures

bench: setup
	$(BIN)/python -m tests.bench

lock: setup
	$(BIN)/pip-compile --quiet --extra dev --generate-hashes --allow-unsafe --strip-extras --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock setup.cfg

clean:
	rm -rf .venv build dist *.egg-info
