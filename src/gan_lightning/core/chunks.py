"""Work on many rows, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator

TILE = 1024  # rows held in double precision at a time: a tile of distances takes 8 MiB


def chunks(n: int, size: int = TILE) -> Iterator[slice]:
    """Consecutive slices that cover `n` rows."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
