"""Plots of translated images: each beside its input and its target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import torch
from PIL.Image import Image
from torch import Tensor

from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import RowIndexable
from gan_lightning.plot.block import Block
from gan_lightning.plot.image_plot import ImagePlot

Translate = Callable[[Tensor, TranslationDirection], Tensor]
ACROSS = 12  # images in a row of many


class TranslationPlot:
    """`SamplePlot` of images that are translated from others: sample i beside input i and target i, in turn.

    Attributes:
        captions: above the images that belong together.

    Args:
        shape: of one image, (channels, height, width).
        inputs: images that were translated.
        targets: the images that they belong to.
        count: images in a grid, at the most.
        bands: channels that are drawn; see `to_rgb`.
    """

    captions: ClassVar[tuple[str, ...]] = ("input", "output", "target")

    def __init__(
        self,
        shape: tuple[int, ...],
        inputs: RowIndexable,
        targets: RowIndexable,
        count: int = 64,
        bands: Sequence[int] | None = None,
    ) -> None:
        self.inputs, self.targets = inputs, targets
        across = ACROSS // len(self.captions) if count >= ACROSS else 1
        columns = across * len(self.captions)
        self._plot = ImagePlot(shape, count, columns, bands, self.captions * across)
        self.num_samples, self.num_rows = max(1, count // columns) * across, self._plot.num_rows

    def snapshot(self, samples: Tensor, critic: Callable[[Tensor], Tensor], step: int) -> Image:
        """A grid of images that belong together."""
        return self.sheet(samples, step)

    def sheet(self, samples: Tensor, step: int) -> Image:
        """A grid of images that belong together."""
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
        inputs, targets = self._real(len(outputs))
        channels = max(inputs.shape[1], outputs.shape[1])
        three = [one.expand(-1, channels, -1, -1) for one in (inputs, outputs, targets)]
        return torch.stack(three, 1).flatten(0, 1)

    def _real(self, count: int) -> tuple[Tensor, Tensor]:
        """The first inputs and targets."""
        inputs, targets = (
            to_float(rows[torch.arange(count) % len(rows)]).float() for rows in (self.inputs, self.targets)
        )
        return inputs, targets


class CyclePlot(TranslationPlot):
    """`SamplePlot` of translations both ways: an image of A, its translation and that one's translation back; so of B.

    Args:
        shape: of one image, (channels, height, width).
        a: images of A.
        b: images of B.
        translate: images and a direction → translations.
        count: images in a grid, at the most.
        bands: channels that are drawn; see `to_rgb`.
    """

    captions = ("A", "A → B", "A → B → A", "B", "B → A", "B → A → B")

    def __init__(
        self,
        shape: tuple[int, ...],
        a: RowIndexable,
        b: RowIndexable,
        translate: Translate,
        count: int = 64,
        bands: Sequence[int] | None = None,
    ) -> None:
        super().__init__(shape, a, b, count, bands)
        self.translate = translate

    def _beside(self, outputs: Tensor) -> Tensor:
        a, b = self._real(len(outputs))
        fake_a = self.translate(b, "b_to_a")
        again_a, again_b = self.translate(outputs, "b_to_a"), self.translate(fake_a, "a_to_b")
        six = [one.detach().float().cpu() for one in (a, outputs, again_a, b, fake_a, again_b)]
        return torch.stack(six, 1).flatten(0, 1)
