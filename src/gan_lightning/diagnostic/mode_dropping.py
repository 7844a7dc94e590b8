"""A generator that makes some kinds of samples only."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import rounded
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.loss import RelativisticPairing, Wasserstein


class ModeDropping:
    """Samples are good, but some modes have none; or half of what was there is gone again.

    Of a mixture the modes are counted (Lin et al. 2018, arXiv:1712.04086, section 4.1), of images the recall is taken
    (Kynkäänniemi et al. 2019, arXiv:1904.06991). It looks at the scores of `callback.score`, where it has any. A loss
    that compares a fake with a real sample, and R1 with R2, keep modes (Sun et al. 2020, arXiv:2011.04926; Huang et al.
    2024, arXiv:2501.05441); so does a critic that is near its optimum (Metz et al. 2017, arXiv:1611.02163).

    Args:
        quality: from which share of good samples (`high_quality`, `precision`) on it counts what is missing.
        recall: the least of a good generator of images.
    """

    name: ClassVar[str] = "modes dropping"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, quality: Fraction = 0.3, recall: Fraction = 0.1) -> None:
        self.quality, self.recall = quality, recall
        self.memory: list[float] = []  # the best share so far

    def __call__(self, look: Observation) -> Symptom | None:
        """See `Rule`."""
        named = {name.partition("/")[0]: value for name, value in look.scores.items()}
        if "modes" in named and "high_quality" in named and look.modes:
            share, good, least = named["modes"] / look.modes, named["high_quality"], 1.0
            there = f"{named['modes']:.0f} of {look.modes} modes"
        elif "recall" in named and "precision" in named:
            share, good, least = named["recall"], named["precision"], self.recall
            there = f"recall {share:.2f}"
        else:
            return None
        best = max([share, *self.memory])
        self.memory = [best]
        if good >= self.quality and share < least:
            threshold = f"all {look.modes}" if look.modes else f"{least:g}"
            return Symptom(True, f"{there}, with {good:.0%} of the samples good (threshold {threshold})", _advice(look))
        return Symptom(share < best / 2, f"{there}, of {best:.2f} at best (threshold half of it)", _advice(look))


def _advice(look: Observation) -> str:
    game = look.module
    if look.has_key("loss") and not isinstance(game.loss, RelativisticPairing | Wasserstein):
        weight = "0.01" if look.points else "10"
        terms = f"objective.penalty.r1={weight} objective.penalty.r2={weight}"
        return f"loss@objective.loss=relativistic_pairing penalty@objective.penalty=r1_r2 {terms} critic_norm=none"
    if game.n_critic < 5:
        return "objective.n_critic=5"
    return f"objective.generator_optimizer.lr={rounded(look.rates['generator'].lr / 2)}"
