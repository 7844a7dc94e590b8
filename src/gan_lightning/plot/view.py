"""What a view is, and which one suits the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PIL.Image import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.images import ImageTrainingPlot, filled
from gan_lightning.plot.points import PointTrainingPlot


class TrainingPlot(Protocol):
    """One picture of the state of a game; all pictures of one view have the same size.

    Attributes:
        rows: how many samples it shows.
    """

    rows: int

    def draw(self, fake: Tensor, score: Callable[[Tensor], Tensor], step: int) -> Image:
        """The picture after `step`, of generated samples [rows, *shape] and of the critic's scores."""
        ...


def columns(classes: int) -> int | None:
    """Columns of a grid of images of so many classes, one a class where there is room."""
    return classes if 1 < classes <= 16 else None


def training_plot_for(
    shape: tuple[int, ...], *, count: int = 64, real: Tensor | None = None, columns: int | None = None
) -> TrainingPlot:
    """The view for samples of this shape.

    Args:
        shape: of one sample.
        count: images in a grid.
        real: real samples [N, *shape], which a view of points shows and takes its axes from.
        columns: of a grid, whose rows are then full; None: about square.

    Raises:
        UsageError: nothing here can show such samples.
    """
    if len(shape) == 3 and shape[0] in (1, 3):
        return ImageTrainingPlot(shape, count=filled(count, columns), columns=columns)
    if shape == (2,):
        return PointTrainingPlot(real)
    raise UsageError(
        f"callback.samples shows images of 1 or 3 channels and points of the plane, not samples of shape {shape}: "
        "type callback.samples=null to go without"
    )
