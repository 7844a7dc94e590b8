"""Slices for work on many rows in chunks."""

from __future__ import annotations

from collections.abc import Iterator

TILE = 1024  # rows in double precision: a tile of distances [1024, 1024] takes 8 MiB


def chunks(n: int, size: int = TILE) -> Iterator[slice]:
    """Consecutive slices of at most `size` rows that cover `n` rows."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
