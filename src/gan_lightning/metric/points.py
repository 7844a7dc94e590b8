"""Scores of points."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.gaussian_mixture import Mixture
from gan_lightning.metric.base import LABEL, SampleStats, Split
from gan_lightning.metric.by_class import ClassAccuracy
from gan_lightning.metric.modes import Modes
from gan_lightning.metric.sample_metric import SampleMetric
from gan_lightning.metric.score import Score
from gan_lightning.metric.wasserstein1 import Wasserstein1


class Points(SampleMetric):
    """Exact W1 to a real sample; for mixtures of Gaussians also modes, share of high quality, reverse KL.

    The protocol is PacGAN's (Lin et al. 2018, arXiv:1712.04086, section 4.1): 2,500 samples, three standard deviations.
    For a generator that is conditional on the mode also how often its sample is nearest to the requested one.
    Distributions are sampled afresh; of other data the reals are those of `split`.

    Args:
        split: the reals to score against, unless the data are a distribution: `held_out` or `train`.
        n_fake_training: number of fakes, and largest number of reals, scored during training.
        n_fake_evaluation: likewise by `python -m gan_lightning.evaluate`; the time of W1 grows with the square of it.
    """

    batch, main_score = 4096, "w1"
    mixture: Mixture | None = None

    @validate_arguments
    def __init__(
        self, *, split: Split = "held_out", n_fake_training: LargeCount = 1000, n_fake_evaluation: LargeCount = 2500
    ) -> None:
        self.split, self.n_fake_training, self.n_fake_evaluation = split, n_fake_training, n_fake_evaluation

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if len(data.shape) != 1:
            raise UsageError(f"metric=points scores points, and these data are {list(data.shape)}")
        self.mixture = data.train if isinstance(data.train, Mixture) else None

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`."""
        return {"points": samples}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        x, y = real["points"], fake["points"]
        distance = Wasserstein1(sync_on_compute=False)
        distance.update(x, real=True)
        distance.update(y, real=False)
        found = [Score("w1", distance.values("w1")["w1"], n_real=len(x))]
        if self.mixture is not None:
            modes = Modes(self.mixture.modes, self.mixture.std, sync_on_compute=False)
            modes.update(y)
            found += [Score(*one) for one in modes.values("modes").items()]
            if LABEL in fake:
                accuracy = ClassAccuracy(sync_on_compute=False)  # of the nearest mode
                accuracy.update(-torch.cdist(y.double(), self.mixture.modes.double()), fake[LABEL])
                found += [Score(*one) for one in accuracy.values("accuracy").items()]
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
