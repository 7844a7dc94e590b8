"""The one error a user's mistake raises."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refusal(ValueError):
    """Bad input, told in one line: what is wrong, where, and what to type instead.

    The commands print the line and exit with code 1; in plain Python it is a `ValueError`.
    """


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
    """The known words that `word` may have meant: "did you mean a, b?", or the whole list where none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=most, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}" if names else "nothing is known here"
