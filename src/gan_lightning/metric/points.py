"""Scores of points of the plane."""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.metric.base import LABEL, ExtractionSettings, SampleStats, Split
from gan_lightning.metric.modes import mixture_modes
from gan_lightning.metric.score import Score
from gan_lightning.metric.wasserstein import exact_w1


class Points:
    """Exact W1 to a real sample; for mixtures of Gaussians also modes, share of high quality, reverse KL.

    The protocol is PacGAN's (Lin et al. 2018, arXiv:1712.04086, section 4.1): 2,500 samples, three standard deviations.
    For a generator that is conditional on the mode also how often its sample is nearest to the requested one.
    Distributions are sampled afresh; of other data the reals are those of `split`.

    Args:
        split: the reals to score against, unless the data are a distribution: `held_out` or `train`.
        n_fake_training: number of fakes, and largest number of reals, scored during training.
        n_fake_evaluation: likewise by `python -m gan_lightning.evaluate`; the time of W1 grows with the square of it.
    """

    uses_real, n_real, batch, cache_key = True, None, 4096, None
    extraction = ExtractionSettings(extractor="none", weights=None, resize="none", quantized=False)
    mixture: Mixture | None = None

    @validate_arguments
    def __init__(
        self, *, split: Split = "held_out", n_fake_training: LargeCount = 1000, n_fake_evaluation: LargeCount = 2500
    ) -> None:
        self.split, self.n_fake_training, self.n_fake_evaluation = split, n_fake_training, n_fake_evaluation

    def to(self, device: torch.device | str) -> Self:
        """See `Metric.to`; points are scored on the CPU."""
        return self

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if data.shape != (2,):
            raise UsageError(f"metric=points scores points of the plane, and these data are {list(data.shape)}")
        self.mixture = data.train if isinstance(data.train, Mixture) else None

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`."""
        return {"points": samples}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        x, y = real["points"], fake["points"]
        found = [Score("w1", exact_w1(x, y), n_real=len(x))]
        if self.mixture is not None:
            covered, quality, reverse_kl, _ = mixture_modes(y, self.mixture.modes, self.mixture.std)
            found += [Score("modes", covered), Score("high_quality", quality)]
            found += [Score("reverse_kl", reverse_kl)]
            if LABEL in fake:
                nearest = torch.cdist(y.double(), self.mixture.modes.double()).argmin(1)
                found.append(Score("accuracy", (nearest == fake[LABEL]).double().mean().item()))
        return found

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`: all points are nearest to one of many modes, or nearly one point."""
        x, y = (stats["points"].double() for stats in (real, fake))
        if self.mixture is not None and len(self.mixture.modes) > 1:
            nearest = torch.cdist(y, self.mixture.modes.double()).argmin(1)
            if (nearest == nearest[0]).all():
                return f"all its samples are nearest to one of the {len(self.mixture.modes)} modes"
        variety = (y.var(0).sum() / x.var(0).sum()).item()
        return f"its samples vary {variety:.1%} as much as the reals" if variety < 0.01 else None
