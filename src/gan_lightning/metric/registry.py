"""Which way a score gets better."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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


def direction(figure: str) -> Callable[[Iterable[float]], float] | None:
    """`min` where less is better, `max` where more is, None for a figure that is no score (losses, estimates, rates).

    Args:
        figure: its name: a score's own (`w1`), or with the extractor that it was computed with (`frechet/digits`).
    """
    score, *extractor = figure.split("/")
    if len(extractor) > 1:
        return None
    return min if score in LOWER else max if score in HIGHER else None
