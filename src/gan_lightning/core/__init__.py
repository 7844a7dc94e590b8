"""Helpers that import nothing of the package: errors, validation, random numbers, console, signals, files."""
