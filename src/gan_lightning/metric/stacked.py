"""Scores of Stacked MNIST: coverage of its 1,000 modes."""

from __future__ import annotations

from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import as_stored
from gan_lightning.extractor.base import Extractor
from gan_lightning.metric.base import SampleStats, Split
from gan_lightning.metric.functional.modes import stacked_modes
from gan_lightning.metric.image_metric import ImageMetric
from gan_lightning.metric.modes import StackedModes
from gan_lightning.metric.repeat_rate import RepeatRate
from gan_lightning.metric.score import Score

MAX_COLLAPSED_MODES = 2  # most modes of a collapsed generator


class StackedMnistModes(ImageMetric):
    """Modes and KL by a classifier of digits on each colour of the stacks; share of repeats.

    PacGAN (Lin et al. 2018, arXiv:1712.04086, section 4.2) takes 26,000 samples and a classifier of its own. Fewer
    samples can't show all modes: compare it with the score of real samples.

    Args:
        extractor: a classifier of digits.
        n_fake_training: number of fakes scored during training.
        n_fake_evaluation: number of fakes scored by `python -m gan_lightning.evaluate`.
    """

    uses_real, n_real, exact_n_fake = False, 1, False
    split: Split = "held_out"

    @validate_arguments
    def __init__(
        self, *, extractor: Extractor, n_fake_training: LargeCount = 1000, n_fake_evaluation: LargeCount = 26_000
    ) -> None:
        super().__init__(extractor, "stacked")
        self.n_fake_training, self.n_fake_evaluation = n_fake_training, n_fake_evaluation

    def check(self, data: AdversarialDataModule) -> None:
        """See `Metric.check`."""
        if len(data.shape) != 3 or data.shape[0] != 3:
            raise UsageError(
                f"metric=stacked scores images of three stacked digits, and these data are {list(data.shape)}"
            )

    def extract(self, samples: Tensor) -> SampleStats:
        """See `Metric.extract`; the three colours are three images of a digit."""
        images = as_stored(samples)
        features, probabilities = self.extractor(images.flatten(0, 1)[:, None])
        if probabilities is None or probabilities.shape[1] != 10:
            raise UsageError(
                f"metric=stacked classifies digits, which {self.extractor.name} does not: metric.extractor=digits"
            )
        digits = probabilities.argmax(1).view(-1, 3)
        return {"classes": digits @ digits.new_tensor([100, 10, 1]), "features": features.view(len(images), -1)}

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`."""
        modes, repeats = StackedModes(sync_on_compute=False), RepeatRate(sync_on_compute=False)
        modes.update(fake["classes"])
        repeats.update(fake["features"])
        return [Score(*one) for metric in (modes, repeats) for one in metric.values("repeat_rate").items()]

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """See `Metric.collapse`."""
        covered = stacked_modes(fake["classes"]).covered
        return f"its samples show {covered} of 1,000 modes" if covered <= MAX_COLLAPSED_MODES else None
