"""Slow truths, each with a command: `python -m benchmarks.<name>`."""
