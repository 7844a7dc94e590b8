"""Trained generators outside of their runs: exported files, a page, and loading in one line."""
