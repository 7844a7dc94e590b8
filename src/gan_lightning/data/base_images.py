"""Base class of data sets of images."""

from __future__ import annotations

from collections.abc import Sequence

from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape, image_shape
from gan_lightning.data.placement import DataDevice


class Images(AdversarialDataModule):
    """Images of a chosen size and number of channels.

    Args:
        size: height and width, one number or two, to which images are resized.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA), to which images are converted.
        shape: declared for other parts of a config; [channels, height, width].
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
        classes: number of classes; 0: images have no labels.
    """

    def __init__(
        self,
        *,
        size: int | Sequence[int],
        channels: int,
        shape: Shape | None,
        batch_size: int,
        num_workers: int,
        device: DataDevice = "cpu",
        classes: int = 0,
    ) -> None:
        super().__init__(batch_size=batch_size, num_workers=num_workers, classes=classes, device=device)
        actual = tuple(image_shape(channels, size))
        self._shape = check_declared_shape(shape, actual, "it follows data.size and data.channels, set those")

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of one image."""
        return self._shape
