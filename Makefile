# Aviary. `make run` serves it, `make test` tests it; both do all of their own set-up.

PYTHON := .venv/bin/python
# Checks need no database and no data folder.
CHECK := HOST=127.0.0.1 AVIARY_CLUSTER=demo AVIARY_SECRET_KEY=lint DATABASE_URL=sqlite://:memory: $(PYTHON) manage.py

.PHONY: help run test lint format bench messages screenshots lock rendered install clean
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: install ## Serve Aviary on HOST:PORT (127.0.0.1:8000)
	@exec $(PYTHON) manage.py serve

test: install ## Lint, then every test this machine can run
	@.ci/packages chromium postgresql redis gettext
	@status=0; \
	$(MAKE) --no-print-directory lint || status=1; \
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder || status=1; \
	exit $$status

lint: install ## Style, types, templates, migrations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint --quiet --lint templates
	$(CHECK) check --fail-level WARNING
	$(CHECK) makemigrations --check --dry-run

format: install ## Format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: install ## Measure the figures that Aviary promises
	@.ci/packages chromium postgresql redis wrk
	@$(PYTHON) -m benchmarks $(FIGURES)

messages: install ## Bring the translations in step with the texts of the sources
	@.ci/packages gettext
	$(CHECK) makemessages --all --no-location --no-wrap --no-obsolete \
		--ignore .venv --ignore tests --ignore benchmarks --ignore docs

screenshots: install ## Draw the pictures of the README anew
	@.ci/packages chromium
	@$(PYTHON) -m docs.screenshots

UV_COMPILE := .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --quiet
lock: install ## Write both lock files anew from pyproject.toml: for developing, and for the image
	$(UV_COMPILE) --extra dev -o requirements.lock
	$(UV_COMPILE) --extra otel --constraint requirements.lock -o deploy/requirements.lock

rendered: ## Write deploy/rendered anew, with kustomize or kubectl, and helm
	@deploy/render

install:
	@.ci/install

clean: ## Remove the environment and caches, never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
