"""Configs: composing, validating, explaining, and the main() of commands."""
