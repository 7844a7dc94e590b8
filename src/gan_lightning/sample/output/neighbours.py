"""Nearest training images of samples: a check for copies."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import MediumCount, SmallCount, validate_arguments
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.metric.functional.neighbours import nearest_real
from gan_lightning.plot.block import Block
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler

CHUNK_SIZE = 4096  # training images compared at once


class Neighbours:
    """`neighbours.png`: each sample beside its nearest training images, by Euclidean distance of pixels.

    Reads the training data of the run's config. For a progressive generator below its full resolution, they are average
    pooled to the size of its samples.

    Args:
        n: number of samples.
        k: number of training images beside each.
    """

    _real: RowIndexable

    @validate_arguments
    def __init__(self, *, n: MediumCount = 10, k: SmallCount = 6) -> None:
        self.n, self.k = n, k

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`. Reads the training data.

        Raises:
            UsageError: they are missing, or endless.
        """
        check_images_only("neighbours", sampler, "output=grid shows where they lie")
        self._real = training_images(sampler)

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        fake = sampler(sampler.latents(range(self.n)))
        save_png(plot.table([beside_nearest(self._real, fake, self.k)]), folder / "neighbours.png")
        return [folder / "neighbours.png"]


def training_images(sampler: Sampler) -> RowIndexable:
    """The training images of the sampler's run.

    Raises:
        UsageError: they are missing, or no finite set.
    """
    data = sampler.trained.data("output=neighbours")
    if not isinstance(data.train, SampleTable):
        raise UsageError("these training data are endless: output=neighbours needs a finite set")
    return data.train.rows


def beside_nearest(real: RowIndexable, fake: Tensor, k: int) -> Block:
    """A block of `fake` [n, *shape], each beside its `k` nearest of `real`."""
    nearest = nearest_images(real, fake, k)
    captions = ["sample", "nearest", *(str(rank) for rank in range(2, k + 1))]
    title = f"samples, and the nearest of {len(real):,} training images"
    return Block(title, captions, torch.cat([fake[:, None], nearest], dim=1))


def nearest_images(real: RowIndexable, fake: Tensor, k: int) -> Tensor:
    """The `k` nearest of `real` for each of `fake` [n, *shape]: [n, k, *shape]; reads `real` in chunks."""
    distances = torch.empty(len(fake), 0, dtype=torch.float64)
    indices = torch.empty(len(fake), 0, dtype=torch.int64)
    for chunk in torch.split(torch.arange(len(real)), CHUNK_SIZE):
        near = nearest_real(_pool_to_size(fake, real[chunk]), fake, min(k, len(chunk)))
        distances = torch.cat([distances, near.distances], 1)
        indices = torch.cat([indices, chunk[near.indices]], 1)
        distances, places = distances.topk(min(k, distances.shape[1]), largest=False)
        indices = indices.gather(1, places)
    images = _pool_to_size(fake, real[indices.flatten()])
    return images.view(*indices.shape, *images.shape[1:])


def _pool_to_size(fake: Tensor, stored: Tensor) -> Tensor:
    real = to_float(stored)
    factor = real.shape[-1] // fake.shape[-1]
    return real if factor == 1 else avg_pool2d(real, factor)
