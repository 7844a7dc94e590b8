.DEFAULT_GOAL := help
.PHONY: help install train test notebooks docs lint format clean

help:  ## Show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install:  ## Install the package, its tests' needs and the commit hooks
	pip install -e ".[dev]"
	pre-commit install

train:  ## Train the default run: digits on a CPU
	python -m gan_lightning.train

test:  ## Run the tests
	pytest -n auto

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
