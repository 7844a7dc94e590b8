"""Image files, for external scores and large sets."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.core.validation import LargeCount, validate_arguments
from gan_lightning.data.pixels import to_uint8, to_uint16
from gan_lightning.plot.deep_png import save_deep_png
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler


class Images:
    """`images/000000.png`, ...: one file a sample, with exactly the generator's pixels.

    Of 1, 3 or 4 channels; others go to `.npy` files, [C, H, W]. Values have 8 bits, or 16 where the data had.

    Existing files are kept, so that an interrupted command continues; files are written atomically.

    Args:
        n: number of images; scores usually take 50,000.
    """

    @validate_arguments
    def __init__(self, *, n: LargeCount = 1000) -> None:
        self.n = n

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        check_images_only("images", sampler, "output=points writes them to a file")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        target = folder / "images"
        target.mkdir(exist_ok=True)
        existing = set(os.listdir(target))
        for start in range(0, self.n, sampler.batch):
            indices = range(start, min(start + sampler.batch, self.n))
            suffix = "png" if sampler.shape[0] in (1, 3, 4) else "npy"
            names = {index: f"{index:06d}.{suffix}" for index in indices}
            if existing.issuperset(names.values()):
                continue
            batch = range(start, start + sampler.batch)
            # Always whole batches: the rounding of a sample depends on the batch size.
            as_levels = to_uint16 if sampler.trained.bits == 16 else to_uint8
            samples = as_levels(sampler(sampler.latents(batch), sampler.labels(batch)))
            for name, pixels in zip(names.values(), samples, strict=False):
                if name not in existing:
                    _save(pixels, target / name)
        return [target]


def _save(pixels: Tensor, file: Path) -> None:
    if file.suffix == ".png" and pixels.dtype == torch.uint16:
        save_deep_png(pixels, file)
        return
    if file.suffix == ".png":
        save_png(Image.fromarray(pixels.permute(1, 2, 0).squeeze(2).numpy()), file)
        return
    with atomic_replace(file) as beside, beside.open("wb") as stream:
        np.save(stream, pixels.numpy())
