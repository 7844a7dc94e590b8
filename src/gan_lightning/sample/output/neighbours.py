"""Whether samples are copies of what was trained on."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import RowIndexable, SampleTable
from gan_lightning.metric.neighbours import nearest_real
from gan_lightning.plot.block import Block
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.output.base import refuse_points
from gan_lightning.sample.sampler import Sampler

PART = 4096  # training images looked at at once


class Neighbours:
    """`neighbours.png`: each sample, and beside it the training images nearest to it, by Euclidean distance of pixels.

    Takes the run's training data, where its config says they are. Where a network still grew, they are brought to the
    size of its samples by means.

    Args:
        n: samples.
        k: training images beside each.
    """

    _real: RowIndexable

    @validate_arguments
    def __init__(self, *, n: Count = 10, k: Count = 6) -> None:
        self.n, self.k = n, k

    def check(self, sampler: Sampler) -> None:
        """See `What.check`. Reads the data.

        Raises:
            UsageError: they are not there, or endless.
        """
        refuse_points("neighbours", sampler, "output=grid shows where they lie")
        self._real = training_images(sampler)

    def make(self, sampler: Sampler, look: SamplePlot, folder: Path) -> list[Path]:
        """See `What.make`."""
        fake = sampler(sampler.latents(range(self.n)))
        look.table([beside_nearest(self._real, fake, self.k)]).save(folder / "neighbours.png")
        return [folder / "neighbours.png"]


def training_images(sampler: Sampler) -> RowIndexable:
    """The images that the sampler's run was trained on.

    Raises:
        UsageError: they are not there, or no finite set.
    """
    node = sampler.trained.config.get("data")
    if node is None:
        raise UsageError(f"{sampler.trained.run} does not say what it was trained on: output=neighbours needs that")
    data = instantiate(node)
    data.setup("fit")
    if not isinstance(data.train, SampleTable):
        raise UsageError("these training data never end: output=neighbours needs a finite set")
    return data.train.rows


def beside_nearest(real: RowIndexable, fake: Tensor, k: int) -> Block:
    """Each of `fake` [n, *shape], and beside it the `k` nearest of `real`."""
    found = nearest_images(real, fake, k)
    captions = ["sample", "nearest", *(str(place) for place in range(2, k + 1))]
    title = f"samples, and the nearest of {len(real):,} training images"
    return Block(title, captions, torch.cat([fake[:, None], found], dim=1))


def nearest_images(real: RowIndexable, fake: Tensor, k: int) -> Tensor:
    """The `k` nearest of `real` for each of `fake` [n, *shape], [n, k, *shape]; a part of them in memory at a time."""
    distances = torch.empty(len(fake), 0, dtype=torch.float64)
    indices = torch.empty(len(fake), 0, dtype=torch.int64)
    for part in torch.split(torch.arange(len(real)), PART):
        near = nearest_real(_of_size(fake, real[part]), fake, min(k, len(part)))
        distances = torch.cat([distances, near.distances], 1)
        indices = torch.cat([indices, part[near.indices]], 1)
        distances, places = distances.topk(min(k, distances.shape[1]), largest=False)
        indices = indices.gather(1, places)
    found = _of_size(fake, real[indices.flatten()])
    return found.view(*indices.shape, *found.shape[1:])


def _of_size(fake: Tensor, stored: Tensor) -> Tensor:
    real = to_float(stored)
    factor = real.shape[-1] // fake.shape[-1]
    return real if factor == 1 else avg_pool2d(real, factor)
