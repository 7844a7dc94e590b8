"""Critics under different Lipschitz constraints, for plots of their value surfaces."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_lightning.core.console import progress_bar
from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.grid25 import Grid25
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.swiss_roll import SwissRoll
from gan_lightning.loss import Loss, RelativisticPairing, Wasserstein
from gan_lightning.penalty import R1R2, GradientPenalty, Penalty, WeightClipping
from gan_lightning.study.tool.train_discriminator import train_discriminator
from gan_lightning.theory import Sampler

# In the paper's geometry, whose scale suits noise of unit variance.
DENSITIES: dict[str, SamplingDistribution] = {
    "ring8": Ring8(geometry="wgan_gp").density,
    "grid25": Grid25(geometry="wgan_gp").density,
    "swiss_roll": SwissRoll().density,
}
CONSTRAINTS: dict[str, tuple[Loss, Penalty]] = {
    "weight clipping": (Wasserstein(), WeightClipping(0.1)),
    "gradient penalty": (Wasserstein(), GradientPenalty(0.1)),
    "R1 and R2": (RelativisticPairing(), R1R2(0.01, 0.01)),
}


def critics(names: Sequence[str], steps: int, seed: int) -> dict[tuple[str, str], nn.Module]:
    """Critics of data against the same data with noise of unit variance.

    The setting is that of figure 2 of Gulrajani et al. 2017 (arXiv:1704.00028). The paper has clipped and penalised
    Wasserstein critics; here there is also a relativistic one with R1 and R2.

    Args:
        names: of the data sets.
        steps: updates of each critic.
        seed: of weights and samples.

    Returns:
        (constraint, data) → critic.
    """
    return {
        (constraint, name): train_discriminator(
            loss, real.sample, _noisy(real), penalty=penalty, steps=steps, batch=256, depth=3, seed=seed
        )
        for constraint, (loss, penalty) in progress_bar(list(CONSTRAINTS.items()), "critics")
        for name, real in ((name, DENSITIES[name]) for name in names)
    }


def _noisy(density: SamplingDistribution) -> Sampler:
    def sample(n: int, rng: torch.Generator) -> Tensor:
        points = density.sample(n, rng)
        return points + torch.randn(points.shape, generator=rng)

    return sample
