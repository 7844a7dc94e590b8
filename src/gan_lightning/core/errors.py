"""The error for a user's mistake, and helpers for its message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UsageError(ValueError):
    """Bad input, in one line: what is wrong, where, and what to type instead.

    The commands print the line and exit with code 1; in plain Python it is a `ValueError`.
    """


def did_you_mean(word: str, known: Iterable[str], max_suggestions: int = 3) -> str:
    """The known words most similar to `word`: "did you mean a or b?", or the whole list if none is similar."""
    names = sorted(known)
    if not names:
        return "there are none"
    close = sorted((name for name in names if _similarity(word, name) > 0.6), key=lambda name: -_similarity(word, name))
    if close:
        return f"did you mean {' or '.join(close[:max_suggestions])}?"
    return f"known: {', '.join(names)}"


def first_line(error: BaseException) -> str:
    """The first line of an error's message; its type where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _similarity(word: str, name: str) -> float:
    # The word may also be a prefix of a longer name.
    return max(difflib.SequenceMatcher(None, word, n).ratio() for n in (name, name[: len(word)]))
