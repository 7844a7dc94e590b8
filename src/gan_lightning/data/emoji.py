"""Noto Color Emoji: 3,900 colour images from a font of many Linux systems."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.extras import import_extra
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import join_names, search_dirs
from gan_lightning.core.validation import BatchSize, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Channels, Shape
from gan_lightning.data.io.decode import decode
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share, split

FONT = "NotoColorEmoji.ttf"
INSTALLED = (Path("/usr/share/fonts/truetype/noto"), Path("/usr/share/fonts/noto"))


class Emoji(Images):
    """The bitmaps (136 × 128, on white) of Google's Noto Color Emoji, each image once.

    Args:
        font: the file; null: the usual places.
        size: height and width, to which images are resized.
        channels: 3 (RGB) or 1 (grey).
        held_out: share of the images held out, the same in every run.
        flip: mirror training images left-right with probability ½.
        shape: declared for other parts of a config; [channels, size, size].
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        font: str | None = None,
        size: MediumCount = 64,
        channels: Channels = 3,
        held_out: Share = 0.1,
        flip: bool = False,
        shape: Shape | None = None,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size, channels=channels, shape=shape, batch_size=batch_size, num_workers=num_workers, device=device
        )
        self.font, self.flip, self._share = font, flip, held_out

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`.

        Raises:
            UsageError: the font is not there, can't be read, or holds outlines only.
        """
        images = self._read(self._found())
        train, held_out = split(len(images), self._share, f"data.font={self.font}")
        return SampleTable(images[train], flip=self.flip), SampleTable(images[held_out])

    def _found(self) -> Path:
        usual = [place / FONT for place in (*search_dirs(), *INSTALLED)]
        places = usual if self.font is None else [given_path(self.font, "data.font")]
        for place in places:
            if os.path.isfile(place):
                return place
        raise UsageError(
            f"no emoji found: looked for {join_names(places)}; set data.font=FILE or run: "
            "apt install fonts-noto-color-emoji"
        )

    def _read(self, font: Path) -> Tensor:
        fonts = import_extra("fontTools.ttLib", "emoji")
        try:
            with font.open("rb") as file, fonts.TTFont(file, lazy=True) as tables:
                strikes = tables["CBDT"].strikeData if "CBDT" in tables else ()
                bitmaps = dict.fromkeys(glyph.imageData for strike in strikes for glyph in strike.values())
            images = [decode(io.BytesIO(bitmap), *reversed(self.shape[:2])) for bitmap in bitmaps]
        except Exception as error:  # fontTools and Pillow raise every kind
            raise UsageError(f"{font} can't be read as a font: {' '.join(str(error).split())}") from error
        if not images:
            raise UsageError(
                f"{font} holds outlines, no bitmaps (a CBDT table): give the {FONT} of the package "
                "fonts-noto-color-emoji as data.font"
            )
        return torch.from_numpy(np.stack(images))
