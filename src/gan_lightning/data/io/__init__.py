"""File formats and caches."""
