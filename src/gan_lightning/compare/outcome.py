"""Outcome of a run in one word: success, collapse or failure, by thresholds on its scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from gan_lightning.compare.run import Run
from gan_lightning.metric.score import Score

MIN_DENSITY = 1 / 4  # as a share of real samples'
MIN_COVERAGE = 1 / 2  # as a share of the coverage that goes with such a density
MAX_REPEATS = 1 / 2  # share of samples that repeat an earlier one

CRITERION = (
    "Failure: the run broke, or its samples' density is below a quarter of real samples'. "
    "Collapse: their coverage is below half of their density (of 1, where that is more), or more than half of them "
    "repeat an earlier one. Success: neither."
)


class Outcome(NamedTuple):
    """A word with its reason.

    Attributes:
        word: success, collapse, failure, not finished, not run, or not scored.
        why: numbers or error behind it.
    """

    word: str
    why: str


def outcome(scores: Mapping[str, Score]) -> Outcome:
    """Quality and variety of samples, by the density and coverage of Naeem et al. 2020 (arXiv:2002.09797).

    Density is in how many neighbourhoods of real samples a sample lies, over its expectation for a real one: quality.
    Coverage is the share of these neighbourhoods that hold a sample, 0.97 for as many real ones. If a share d of the
    samples were as real and the others nowhere, density would be d and coverage more; less than half of d means that
    the good ones crowd together: lost variety. Scores are taken as a share of what real samples get, where that is
    known. Precision does not measure quality: pictures that are white all over lie in the wide
    neighbourhood of an outlier, and each of them counts.

    Args:
        scores: by name; of any extractor.
    """
    found = {name.split("/")[0]: score for name, score in scores.items()}
    if not {"density", "coverage"} <= found.keys():
        return Outcome("not scored", "no density and coverage: train with callback.score.full=true, or evaluate")
    density, coverage = _share(found["density"]), _share(found["coverage"])
    repeats = found["repeat_rate"].value if "repeat_rate" in found else 0.0
    if not all(map(math.isfinite, (density, coverage, repeats))):
        return Outcome("failure", "scores that are not finite")
    why = f"density {density:.2f}, coverage {coverage:.2f}"
    if density < MIN_DENSITY:
        return Outcome("failure", why)
    if repeats > MAX_REPEATS:
        return Outcome("collapse", f"{why}, {repeats:.0%} repeat")
    return Outcome("collapse" if coverage < MIN_COVERAGE * min(1.0, density) else "success", why)


def outcome_of_run(run: Run) -> Outcome:
    """The outcome of a run: a crash is a failure; one that was stopped is not finished."""
    if run.trouble:
        return Outcome("failure" if run.trouble.startswith("failed") else "not finished", run.trouble)
    last = run.rows[-1]["step"] if run.rows else 0
    if any(score.step is not None and score.step < last for score in run.scores.values()):
        return Outcome("failure", "its last samples are not finite")
    return outcome(run.scores)


def _share(score: Score) -> float:
    return score.value / score.real_vs_real if score.real_vs_real else score.value
