"""Did it work? One word for a run, by a stated rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from gan_lightning.compare.run import Run
from gan_lightning.compare.score import Score

QUALITY = 1 / 4  # least density of the samples, as a part of real samples'
VARIETY = 1 / 2  # least coverage, as a part of what such a density promises
REPEATS = 1 / 2  # most samples that may repeat an earlier one

RULE = (
    "Failure: the run broke, or its samples' density is below a quarter of real samples'. "
    "Collapse: their coverage is below half of their density (of 1, where that is more), or more than half of them "
    "repeat an earlier one. Success: neither."
)


class Outcome(NamedTuple):
    """A word, and the number or the reason behind it.

    Attributes:
        word: success, collapse, failure, not finished, not run, or not judged.
        why: in a few words.
    """

    word: str
    why: str


def outcome(scores: Mapping[str, Score]) -> Outcome:
    """Whether samples are good and various, told by the density and coverage of Naeem et al. 2020 (arXiv:2002.09797).

    Density is in how many neighbourhoods of real samples a sample lies, over its expectation for a real one: quality.
    Coverage is the share of these neighbourhoods that hold a sample, 0.97 for as many real ones. If a share d of the
    samples were as real and the others nowhere, density would be d and coverage more; less than half of d means that
    the good ones crowd together: lost variety. Where a score knows its floor, which is what real samples get, it is
    taken as a part of that. Precision does not tell quality: pictures that are white all over lie in the wide
    neighbourhood of an outlier, and each of them counts.

    Args:
        scores: by name; of any extractor.
    """
    found = {name.split("/")[0]: score for name, score in scores.items()}
    if not {"density", "coverage"} <= found.keys():
        return Outcome("not judged", "no density and coverage: train with callback.score.full=true, or evaluate")
    density, coverage = _part(found["density"]), _part(found["coverage"])
    repeats = found["repeat_rate"].value if "repeat_rate" in found else 0.0
    if not all(map(math.isfinite, (density, coverage, repeats))):
        return Outcome("failure", "scores that are not finite")
    why = f"density {density:.2f}, coverage {coverage:.2f}"
    if density < QUALITY:
        return Outcome("failure", why)
    if repeats > REPEATS:
        return Outcome("collapse", f"{why}, {repeats:.0%} repeat")
    return Outcome("collapse" if coverage < VARIETY * min(1.0, density) else "success", why)


def outcome_of_run(run: Run) -> Outcome:
    """The verdict on a run: a crash is a failure, and one that was broken off has none."""
    if run.trouble:
        return Outcome("failure" if run.trouble.startswith("failed") else "not finished", run.trouble)
    last = run.rows[-1]["step"] if run.rows else 0
    if any(score.step is not None and score.step < last for score in run.scores.values()):
        return Outcome("failure", "its last samples are not finite")
    return outcome(run.scores)


def _part(score: Score) -> float:
    return score.value / score.floor if score.floor else score.value
