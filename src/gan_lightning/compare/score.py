"""What is known of a score by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.registry import direction

# By which runs are ranked, the first that there is; `frechet/digits` is a `frechet`.
KNOWN = (
    *("frechet", "fid", "w1", "modes", "kid", "classifier_score", "inception_score", "reverse_kl", "high_quality"),
    *("precision", "recall", "density", "coverage", "repeat_rate"),
)


@dataclass(frozen=True)
class Score:
    """One number of one run.

    Attributes:
        name: such as frechet/digits.
        value: the number.
        passport: how it was made: two scores compare where these are equal.
        floor: the score of real samples against real ones; None where nobody measured it.
        step: after which it was taken; None where nothing tells.
    """

    name: str
    value: float
    passport: Mapping[str, Any]
    floor: float | None = None
    step: int | None = None


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


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """A line for each entry in which two scores were made differently; see `Passport.differences`."""
    if "extractor" in ours and "extractor" in theirs:
        return Provenance.from_dict(ours).differences(Provenance.from_dict(theirs))
    names = dict.fromkeys([*ours, *theirs])
    pairs = {name: (ours.get(name, "unknown"), theirs.get(name, "unknown")) for name in names}
    return [f"{name}: {one} against {other}" for name, (one, other) in pairs.items() if one != other]
