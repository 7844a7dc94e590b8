"""Points of the plane scored by where they lie."""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.metric.base import LABEL, ExtractionSettings, SampleStats, Score, Split
from gan_lightning.metric.modes import mixture_modes
from gan_lightning.metric.wasserstein import exact_w1


class Points:
    """Exact W1 to a real sample; for mixtures of Gaussians also modes, share of high quality, reverse KL.

    The protocol is PacGAN's (Lin et al. 2018, arXiv:1712.04086, section 4.1): 2,500 samples, three standard deviations.
    Of a generator that is told modes also how often its sample is nearest to the one it was asked for. Data that never
    end are sampled afresh; of others the reals are those of `split`.

    Args:
        split: the reals to score against where data end: `held_out` or `train`.
        n_fake_training: fakes, and at most as many reals, scored now and then during training.
        n_fake_evaluation: likewise by `python -m gan_lightning.evaluate`; the time of W1 grows with the square of it.
    """

    uses_real, n_real, batch, key = True, None, 4096, None
    extraction = ExtractionSettings(extractor="none", weights=None, resize="none", quantized=False)
    mixture: Mixture | None = None

    @validate_arguments
    def __init__(
        self, *, split: Split = "held_out", n_fake_training: Count = 1000, n_fake_evaluation: Count = 2500
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
        found = [Score("w1", exact_w1(x, y), "lower", n_real=len(x))]
        if self.mixture is not None:
            covered, quality, reverse_kl, _ = mixture_modes(y, self.mixture.modes, self.mixture.std)
            found += [Score("modes", covered, "higher"), Score("high_quality", quality, "higher")]
            found += [Score("reverse_kl", reverse_kl, "lower")]
            if LABEL in fake:
                nearest = torch.cdist(y.double(), self.mixture.modes.double()).argmin(1)
                found.append(Score("accuracy", (nearest == fake[LABEL]).double().mean().item(), "higher"))
        return found

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`: all points are near one of many modes, or nearly one point."""
        x, y = (seen["points"].double() for seen in (real, fake))
        if self.mixture is not None and len(self.mixture.modes) > 1:
            nearest = torch.cdist(y, self.mixture.modes.double()).argmin(1)
            if (nearest == nearest[0]).all():
                return f"all its samples are nearest to one of the {len(self.mixture.modes)} modes"
        variety = (y.var(0).sum() / x.var(0).sum()).item()
        return f"its samples vary {variety:.1%} as much as the reals" if variety < 0.01 else None
