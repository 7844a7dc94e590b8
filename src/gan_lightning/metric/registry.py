"""The known scores: which direction is better, and which of them runs are ranked by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

LOWER = frozenset({"frechet", "fid", "kid", "w1", "reverse_kl", "repeat_rate", "intra_class_frechet"})
HIGHER = frozenset(
    {
        "classifier_score",
        "inception_score",
        "precision",
        "recall",
        "density",
        "coverage",
        "modes",
        "high_quality",
        "accuracy",
    }
)

# By which runs are ranked, the first that there is; `frechet/digits` is a `frechet`.
KNOWN = (
    *("frechet", "fid", "w1", "modes", "kid", "classifier_score", "inception_score", "reverse_kl", "high_quality"),
    *("precision", "recall", "density", "coverage", "repeat_rate"),
)


def direction(figure: str) -> Callable[[Iterable[float]], float] | None:
    """`min` where less is better, `max` where more is, None for a figure that is no score (losses, estimates, rates).

    Args:
        figure: its name: a score's own (`w1`), or with the extractor that it was computed with (`frechet/digits`).
    """
    score, *extractor = figure.split("/")
    if len(extractor) > 1:
        return None
    return min if score in LOWER else max if score in HIGHER else None


def lower_is_better(name: str) -> bool | None:
    """Which way is better; None for a score that nobody here knows."""
    best = direction(name)
    return None if best is None else best is min


def preference(name: str) -> int:
    """The less, the rather runs are ranked by it."""
    kind = name.split("/")[0]
    return KNOWN.index(kind) if kind in KNOWN else len(KNOWN)


def scores_of(row: Mapping[str, float]) -> list[str]:
    """Which figures of a row of `metrics.csv` are scores, the preferred first."""
    return sorted((name for name in row if lower_is_better(name) is not None), key=preference)
