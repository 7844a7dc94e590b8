"""Random wrong input for every command, and what must not come of it: `python -m benchmarks.fuzz`."""
