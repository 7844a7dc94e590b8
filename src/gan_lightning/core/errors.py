"""The error for a user's mistake, and what helps to word it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UsageError(ValueError):
    """Bad input, told in one line: what is wrong, where, and what to type instead.

    The commands print the line and exit with code 1; in plain Python it is a `ValueError`.
    """


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """The known words that `word` may have meant: "did you mean a, b?", or the whole list where none is near."""
    names = sorted(known)
    if not names:
        return "there are none"
    close = sorted((name for name in names if _likeness(word, name) > 0.6), key=lambda name: -_likeness(word, name))
    if close:
        return f"did you mean {' or '.join(close[:most])}?"
    return f"known: {', '.join(names)}"


def first_line(error: BaseException) -> str:
    """The first line of an error's message."""
    return str(error).strip().splitlines()[0]


def _likeness(word: str, name: str) -> float:
    # A word may also be the beginning of a longer name.
    return max(difflib.SequenceMatcher(None, word, n).ratio() for n in (name, name[: len(word)]))
