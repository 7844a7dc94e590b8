"""Plots of translated images: each beside its input and its target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from PIL.Image import Image
from torch import Tensor

from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import RowIndexable
from gan_lightning.plot.block import Block
from gan_lightning.plot.image_plot import ImagePlot

CAPTIONS = ("input", "output", "target")


class TranslationPlot:
    """`SamplePlot` of images that are translated from others: sample i beside input i and target i, in turn.

    Args:
        shape: of one image, (channels, height, width).
        inputs: images that were translated.
        targets: the images that they belong to.
        count: images in a grid, at the most.
        bands: channels that are drawn; see `to_rgb`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        inputs: RowIndexable,
        targets: RowIndexable,
        count: int = 64,
        bands: Sequence[int] | None = None,
    ) -> None:
        self.inputs, self.targets, across = inputs, targets, 4 if count >= 4 * len(CAPTIONS) else 1
        columns = across * len(CAPTIONS)
        self._plot = ImagePlot(shape, count, columns, bands, CAPTIONS * across)
        self.num_samples, self.num_rows = max(1, count // columns) * across, self._plot.num_rows

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image:
        """A grid of input, output and target."""
        return self.sheet(samples, step)

    def sheet(self, samples: Tensor, step: int) -> Image:
        """A grid of input, output and target."""
        return self._plot.sheet(self._beside(samples.detach().float().cpu()), step)

    def table(self, blocks: Sequence[Block]) -> Image:
        """See `ImagePlot.table`."""
        return self._plot.table(blocks)

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """See `ImagePlot.interpolations`."""
        return self._plot.interpolations(blocks)

    def frames(self, path: Tensor, count: int) -> Iterator[Image]:
        """See `ImagePlot.frames`."""
        return self._plot.frames(path, count)

    def _beside(self, outputs: Tensor) -> Tensor:
        inputs, targets = (
            to_float(rows[torch.arange(len(outputs)) % len(rows)]).float() for rows in (self.inputs, self.targets)
        )
        channels = max(inputs.shape[1], outputs.shape[1])
        three = [one.expand(-1, channels, -1, -1) for one in (inputs, outputs, targets)]
        return torch.stack(three, 1).flatten(0, 1)
