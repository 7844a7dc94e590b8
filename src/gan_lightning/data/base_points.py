"""Base class of distributions of points in the plane."""

from __future__ import annotations

from typing import Generic, TypeVar

from gan_lightning.core.rng import new_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape
from gan_lightning.data.sample_source import SampleTable

D = TypeVar("D", bound=SamplingDistribution)


class Points(AdversarialDataModule, Generic[D]):
    """Samples of a two-dimensional distribution, without end.

    Attributes:
        density: the distribution; a mixture has `modes` and their `std`.

    Args:
        density: the distribution to sample.
        held_out: size of the held-out sample, which is the same in every run.
        shape: declared for other parts of a config; [2].
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead.
        classes: number of classes; 0: points have no labels.
    """

    def __init__(
        self, density: D, *, held_out: int, shape: Shape | None, batch_size: int, num_workers: int, classes: int = 0
    ) -> None:
        super().__init__(batch_size=batch_size, num_workers=num_workers, classes=classes)
        self.density, self._held_out = density, held_out
        self._shape = check_declared_shape(shape, (2,), "points in the plane have data.shape=[2]")

    @property
    def shape(self) -> Shape:
        """Shape of one point."""
        return self._shape

    def load(self) -> tuple[D, SampleTable]:
        """See `AdversarialDataModule.load`."""
        points = self.density.sample(self._held_out, new_rng("held out"))
        return self.density, SampleTable(points, labels=self.density.classes(self._held_out, new_rng("held out")))
