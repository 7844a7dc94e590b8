"""Share of repeats as a `torchmetrics.Metric`."""

from __future__ import annotations

from torch import Tensor

from gan_lightning.metric.functional.neighbours import repeat_rate
from gan_lightning.metric.generative import GenerativeMetric, rows_of


class RepeatRate(GenerativeMetric):
    """`repeat_rate` of the fakes' features; real batches are ignored."""

    higher_is_better = False
    plot_lower_bound, plot_upper_bound = 0.0, 1.0
    uses_real = False

    fake_features: list[Tensor]

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.add_state("fake_features", [], dist_reduce_fx="cat")

    def update(self, x: Tensor, real: bool = False) -> None:
        """Adds a batch of fakes: images for an extractor, else features."""
        if not real:
            self.fake_features.append(self.statistic(x))

    def score(self) -> float:
        """See `GenerativeMetric.score`."""
        return repeat_rate(rows_of("fake", self.fake_features))
