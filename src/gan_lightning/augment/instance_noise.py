"""Instance noise, which makes the supports of data and model overlap."""

from __future__ import annotations

from torch import Tensor

from gan_lightning.core.rng import StepRNG
from gan_lightning.core.validation import Count, Decay, Positive, validate_arguments


class InstanceNoise:
    """Gaussian noise on real and fake samples, with a standard deviation that falls linearly to 0.

    Sønderby et al. 2017 (arXiv:1610.04490) and Arjovsky & Bottou 2017 (arXiv:1701.04862, section 3), whose bound on the
    Wasserstein distance is in `theory.noise`.

    Args:
        std: standard deviation in the first step, in the data's units (images are in [-1, 1]).
        steps: number of steps after which it is 0; None: constant.
        noise_free_fraction: fraction of those steps, at the end, without noise.
    """

    @validate_arguments
    def __init__(self, std: Positive = 0.1, steps: Count | None = None, noise_free_fraction: Decay = 0.0) -> None:
        self.std, self.steps, self.noise_free_fraction = std, steps, noise_free_fraction

    def std_after(self, step: int) -> float:
        """The standard deviation after `step` steps."""
        return (
            self.std
            if self.steps is None
            else self.std * max(0.0, 1 - step / ((1 - self.noise_free_fraction) * self.steps))
        )

    def __call__(self, samples: Tensor, rng: StepRNG, step: int) -> Tensor:
        """The samples with noise."""
        std = self.std_after(step)
        if std == 0:
            return samples
        noise = rng.normal(len(samples), *samples.shape[1:], device=samples.device)
        return samples + std * noise.to(samples.dtype)
