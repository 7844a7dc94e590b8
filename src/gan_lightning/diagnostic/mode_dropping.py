"""Mode dropping."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import Fraction, validate_arguments
from gan_lightning.diagnostic.advice import rounded
from gan_lightning.diagnostic.base import Observation, Symptom
from gan_lightning.loss import RelativisticPairing, Wasserstein


class ModeDropping:
    """Samples are good, but some modes have none; or half of the best coverage so far is lost.

    For a mixture the modes are counted (Lin et al. 2018, arXiv:1712.04086, section 4.1), for images the recall is read
    (Kynkäänniemi et al. 2019, arXiv:1904.06991). Applies to steps scored by `callback.score`. A loss that compares a
    fake with a real sample, and R1 with R2, keep modes (Sun et al. 2020, arXiv:2011.04926; Huang et al. 2024,
    arXiv:2501.05441); so does a critic that is near its optimum (Metz et al. 2017, arXiv:1611.02163).

    Args:
        quality: least fraction of good samples (`high_quality`, `precision`) for the diagnostic to apply.
        recall: least recall of a good generator of images.
    """

    name: ClassVar[str] = "modes dropping"
    fatal: ClassVar[bool] = False

    @validate_arguments
    def __init__(self, quality: Fraction = 0.3, recall: Fraction = 0.1) -> None:
        self.quality, self.recall = quality, recall
        self.memory: list[float] = []  # the best coverage so far

    def __call__(self, observation: Observation) -> Symptom | None:
        """The symptom in this observation."""
        named = {name.partition("/")[0]: value for name, value in observation.scores.items()}
        if "modes" in named and "high_quality" in named and observation.modes:
            coverage, good, least = named["modes"] / observation.modes, named["high_quality"], 1.0
            found = f"{named['modes']:.0f} of {observation.modes} modes"
        elif "recall" in named and "precision" in named:
            coverage, good, least = named["recall"], named["precision"], self.recall
            found = f"recall {coverage:.2f}"
        else:
            return None
        best = max([coverage, *self.memory])
        self.memory = [best]
        if good >= self.quality and coverage < least:
            threshold = f"all {observation.modes}" if observation.modes else f"{least:g}"
            return Symptom(
                True, f"{found}, with {good:.0%} of the samples good (threshold {threshold})", _advice(observation)
            )
        return Symptom(
            coverage < best / 2, f"{found}, of {best:.2f} at best (threshold half of it)", _advice(observation)
        )


def _advice(observation: Observation) -> str:
    module = observation.module
    if observation.has_key("loss") and not isinstance(module.loss, RelativisticPairing | Wasserstein):
        weight = "0.01" if observation.points else "10"
        terms = f"objective.penalty.r1={weight} objective.penalty.r2={weight}"
        return f"loss@objective.loss=relativistic_pairing penalty@objective.penalty=r1_r2 {terms} critic_norm=none"
    if module.n_critic < 5:
        return "objective.n_critic=5"
    return f"objective.generator_optimizer.lr={rounded(observation.rates['generator'].lr / 2)}"
