"""The first few of many names, for a message."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 10


def few(names: Sequence[str], most: int = MOST, separator: str = ", ") -> str:
    """The names, or the first `most` of them and the number of the others: "a, b and 998 more"."""
    rest = len(names) - most
    return separator.join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")
