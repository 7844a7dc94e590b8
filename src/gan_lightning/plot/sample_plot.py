"""Plots of samples, in training and of a trained generator, chosen by the samples' shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from PIL.Image import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.array_samples import check_bands
from gan_lightning.data.io.declared_shape import kind_of
from gan_lightning.data.sample_source import RowIndexable
from gan_lightning.plot.block import Block
from gan_lightning.plot.image_plot import ImagePlot
from gan_lightning.plot.point_plot import PointPlot
from gan_lightning.plot.rendered_plot import PrincipalPlanePlot, RenderedPlot
from gan_lightning.plot.tiles import SERIES_TILE, series_tiles, volume_tile_size, volume_tiles
from gan_lightning.plot.translation_plot import CyclePlot, Translate, TranslationPlot

SERIES = 32  # series in a grid, at the most

MOST_COLUMNS = 16  # of a grid with one for each class


class SamplePlot(Protocol):
    """Plots of samples of one shape.

    Attributes:
        num_samples: samples in a `snapshot` or a `sheet`.
        num_rows: rows of a `table`.
    """

    num_samples: int
    num_rows: int

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image:
        """Samples [num_samples, *shape] after a training step; all snapshots have the same size.

        `critic` maps samples to scores; plots of points show its level sets.
        """
        ...

    def sheet(self, samples: Tensor, step: int) -> Image:
        """Samples [n, *shape] of a generator after a training step, without its critic."""
        ...

    def table(self, blocks: Sequence[Block]) -> Image:
        """Blocks one below the other, their columns side by side."""
        ...

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """As `table`, where each row is a path from its first sample to its last."""
        ...

    def frames(self, path: Tensor, count: int) -> Iterator[Image]:
        """Frames of `count` samples that move, evenly spaced, along a closed path of samples [N, *shape].

        There are N frames, and N is a multiple of `count`; the last frame is one step before the first.
        """
        ...


def names_of_cycle(class_names: Sequence[str] | None, classes: int) -> Sequence[str] | None:
    """The names of a conditional generator's classes; None where it has others, or none."""
    return class_names if class_names and len(class_names) == classes else None


def class_columns(classes: int) -> int | None:
    """Columns of a grid of class-conditional images: one per class for 2 to 16 classes, else None."""
    return classes if 1 < classes <= MOST_COLUMNS else None


def sample_plot_for(
    shape: tuple[int, ...],
    *,
    count: int = 64,
    columns: int | None = None,
    real: RowIndexable | None = None,
    bands: Sequence[int] | None = None,
    class_names: Sequence[str] | None = None,
    inputs: RowIndexable | None = None,
    translate: Translate | None = None,
) -> SamplePlot:
    """The plots for samples of this shape.

    Args:
        shape: of one sample.
        count: images in a grid; rounded to full rows if `columns` is given.
        columns: of a grid of images; None: about square.
        real: real samples [N, *shape], which snapshots of points show and take their axes from.
        bands: channels of images that are drawn; see `to_rgb`.
        class_names: of the samples, which cycle through the classes: shown above the columns of a grid where there is
            one for each, or above each image where there are more classes.
        inputs: images that samples 0, 1, 2, ... are translated from, to `real`: shown beside them.
        translate: translates both ways: the ways back are shown, too.

    Raises:
        UsageError: there is no plot for such samples.
    """
    if inputs is not None and real is not None and translate is not None:
        return CyclePlot(shape, inputs, real, translate, count, check_bands(bands, shape))
    if inputs is not None and real is not None:
        return TranslationPlot(shape, inputs, real, count, check_bands(bands, shape))
    points = real if isinstance(real, Tensor) else None
    captions = class_names if class_names and len(class_names) == columns else None
    shown: dict[str, Any] = {"columns": columns, "bands": check_bands(bands, shape), "captions": captions}
    match kind_of(shape):
        case "images":
            many = class_names if columns is None and len(class_names or ()) > MOST_COLUMNS else None
            return ImagePlot(shape, count, **shown, names=many)
        case "points":
            return PointPlot(points) if shape == (2,) else PrincipalPlanePlot(points)
        case "series":
            return RenderedPlot(
                ImagePlot((3, *SERIES_TILE), min(count, SERIES), **shown | {"bands": None}), series_tiles
            )
        case "volumes":
            tile = (shape[0], *volume_tile_size(*shape[1:]))
            return RenderedPlot(ImagePlot(tile, count, **shown), volume_tiles)
    raise UsageError(f"samples of shape {list(shape)} cannot be plotted: plots show points, series, images, volumes")
