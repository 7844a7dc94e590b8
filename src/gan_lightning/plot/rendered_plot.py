"""Plots of samples that are drawn as something else: points in a plane, series as lines, volumes as slices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from PIL.Image import Image
from torch import Tensor

from gan_lightning.plot.block import Block
from gan_lightning.plot.image_plot import ImagePlot
from gan_lightning.plot.point_plot import PointPlot


class RenderedPlot:
    """`SamplePlot` of what `render` makes of samples, by the plot of that.

    Args:
        plot: of rendered samples.
        render: samples [..., *shape] → [..., *shape of the plot's].
    """

    def __init__(self, plot: ImagePlot | PointPlot, render: Callable[[Tensor], Tensor]) -> None:
        self.plot, self.render = plot, render
        self.num_samples, self.num_rows = plot.num_samples, plot.num_rows

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image:
        """See `SamplePlot`."""
        return self.plot.snapshot(self.render(samples), critic, step)

    def sheet(self, samples: Tensor, step: int) -> Image:
        """See `SamplePlot`."""
        return self.plot.sheet(self.render(samples), step)

    def table(self, blocks: Sequence[Block]) -> Image:
        """See `SamplePlot`."""
        return self.plot.table([block._replace(samples=self.render(block.samples)) for block in blocks])

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """See `SamplePlot`."""
        return self.plot.interpolations([block._replace(samples=self.render(block.samples)) for block in blocks])

    def frames(self, path: Tensor, count: int) -> Iterator[Image]:
        """See `SamplePlot`."""
        return self.plot.frames(self.render(path), count)


class PrincipalPlanePlot(RenderedPlot):
    """Points of any dimension in the plane of the first two principal components, with the critic's values on it.

    Args:
        real: real points [N, d], of which the components are; None: of the first samples that are drawn.
    """

    def __init__(self, real: Tensor | None = None) -> None:
        self._axes: tuple[Tensor, Tensor] | None = None if real is None else principal_plane(real)
        super().__init__(PointPlot(None if real is None else self._project(real)), self._project)

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image:
        """See `PointPlot`."""
        fake = self.render(samples)
        assert self._axes is not None
        mean, components = self._axes
        return self.plot.snapshot(fake, lambda plane: critic(mean + plane @ components), step)

    def _project(self, points: Tensor) -> Tensor:
        flat = points.detach().float().cpu()
        self._axes = self._axes or principal_plane(flat.flatten(0, -2))
        mean, components = self._axes
        return (flat - mean) @ components.T


def principal_plane(points: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [d] and first two principal components [2, d] of points [N, d]; in one dimension the second is zero.

    The largest entry of each component is positive.
    """
    points = points.float().cpu()
    mean = points.mean(0)
    covariance = torch.cov(points.double().T).reshape(points.shape[1], points.shape[1])
    components = torch.linalg.eigh(covariance).eigenvectors.T.flip(0)[:2].float()
    components = torch.cat([components, torch.zeros(2 - len(components), points.shape[1])])
    largest = components.gather(1, components.abs().argmax(1, keepdim=True))
    return mean, components * torch.where(largest < 0, -1.0, 1.0)
