.DEFAULT_GOAL := help
.PHONY: help install train test test-fast test-oldest notebooks docs lint format clean

help:  ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install:  ## Install the package, its tests' needs and the commit hooks
	pip install -e ".[dev]"
	pre-commit install

train:  ## Train the default run: digits on a CPU
	python -m gan_lightning.train

test:  ## Run all tests
	pytest -n auto

test-fast:  ## Run the tests that start no programs, train for no seconds and execute no notebooks
	pytest -q -n auto -m "not process and not distributed and not training and not notebook"

test-oldest:  ## Run the fast tests with the oldest versions that pyproject.toml admits
	bash .ci/oldest

notebooks:  ## Run the notebooks again and keep what they show
	python notebooks/run.py

docs:  ## Build the documentation, strictly, and serve it at localhost:8000
	mkdocs serve --strict

lint:  ## Check style and types
	ruff check .
	ruff format --check .
	mypy

format:  ## Mend style
	ruff check --fix .
	ruff format .

clean:  ## Remove caches and builds; runs/ and multirun/ stay
	rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
