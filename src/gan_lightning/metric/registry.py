"""The table of scores: name, better direction, rank; a metric of the person's own adds its scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

Direction = Literal["lower", "higher"]
CRITIC = "independent_critic"  # the score that is an estimate, to be compared with others as the loss's own is

# Name to better direction. Runs are ranked by the first of these that they have; `frechet/digits` is a `frechet`.
SCORES: dict[str, Direction] = {
    "frechet": "lower",
    "fid": "lower",
    "clean_fid": "lower",
    "w1": "lower",
    "modes": "higher",
    "kid": "lower",
    "clean_kid": "lower",
    "classifier_score": "higher",
    "inception_score": "higher",
    "reverse_kl": "lower",
    "high_quality": "higher",
    "precision": "higher",
    "recall": "higher",
    "density": "higher",
    "coverage": "higher",
    "repeat_rate": "lower",
    "accuracy": "higher",
    "intra_class_frechet": "lower",
    CRITIC: "lower",
}

_registered: dict[str, Direction] = {}


def register(directions: Mapping[str, Any]) -> None:
    """Adds scores that the table has not, by their whole names, until the process ends.

    Args:
        directions: name to better direction; scores without one, and with anything else for it, are passed over.
    """
    for name, better in directions.items():
        if better in get_args(Direction) and _in_table(name) is None:
            _registered[name] = better


def registered() -> dict[str, Direction]:
    """The scores that were added."""
    return dict(_registered)


def direction(name: str) -> Direction | None:
    """The better direction of a score; None for all else (losses, estimates, rates) and unknown scores.

    Args:
        name: a score's own (`w1`), or with the extractor that it was computed with (`frechet/digits`).
    """
    return _in_table(name) or _registered.get(name)


def _in_table(name: str) -> Direction | None:
    score, *extractor = name.split("/")
    return SCORES.get(score) if len(extractor) <= 1 else None


def ranking_key(name: str) -> int:
    """Sort key: scores with a lower value are preferred as ranking criterion."""
    names = list(SCORES)
    score = name.split("/")[0]
    return names.index(score) if score in names else len(names)


def scores_in(names: Iterable[str]) -> list[str]:
    """Those of the columns of `metrics.csv` that are scores, the preferred first."""
    return sorted((name for name in names if direction(name) is not None), key=ranking_key)
