"""Directions of latent space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Index, LargeCount, Positive, SmallCount, validate_arguments
from gan_lightning.data.pixels import quantize
from gan_lightning.extractor.base import Extractor
from gan_lightning.plot.block import Block
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.directions import first_layer, linear_probe, principal_components, sefa
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler

Method = Literal["sefa", "pca", "probe"]
TITLES = {"sefa": "SeFa", "pca": "principal components of the first layer", "probe": "towards each class, by a probe"}


class Directions:
    """`directions.png`: a sample, moved along each direction.

    Methods: "sefa", the strongest directions of the first layer's weights (Shen & Zhou 2021, arXiv:2007.06600); "pca",
    principal components of its activations (Härkönen et al. 2020, arXiv:2004.02546); "probe", a linear classifier of
    latents by the classes that an extractor sees in their samples.

    Args:
        methods: of these.
        count: directions of each; classes of the probe from 0 on.
        sample: index of the sample that is moved.
        distance: of the ends from it, in standard deviations of a latent's entry.
        steps: columns.
        n: latents that principal components and the probe are computed on.
        extractor: with classes, for the probe.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        methods: Sequence[Method] = ("sefa", "pca"),
        count: SmallCount = 5,
        sample: Index = 0,
        distance: Positive = 3.0,
        steps: SmallCount = 9,
        n: LargeCount = 2000,
        extractor: Extractor | None = None,
    ) -> None:
        self.methods, self.count, self.sample, self.steps = list(methods), count, sample, steps
        self.distance, self.n, self.extractor = distance, n, extractor

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`."""
        for method in self.methods:
            check_method(method, sampler, self.extractor, "directions")

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        t = torch.linspace(-self.distance, self.distance, self.steps, dtype=torch.float64)
        blocks = []
        for method in self.methods:
            found = directions_of(sampler, method, self.count, self.n, self.extractor)
            path = along(sampler.latents([self.sample]), found, t)
            samples = sampler(path, sampler.labels([self.sample]).repeat_interleave(len(path), 0))
            blocks.append(Block(TITLES[method], [f"{step:+.2g}" for step in t.tolist()], samples))
        save_png(plot.table(blocks), folder / "directions.png")
        return [folder / "directions.png"]


def check_method(method: Method, sampler: Sampler, extractor: Extractor | None, output: str) -> None:
    """Checks that directions can be found by this method.

    Raises:
        UsageError: the generator has no linear layer, or the probe no extractor or no images.
    """
    first_layer(sampler.trained.generator)
    if method == "probe":
        check_images_only(output, sampler, "use sefa or pca")
        if extractor is None:
            raise UsageError(
                f"output={output} needs an extractor with classes for the probe: add "
                f"+extractor@output.{output}.extractor=digits"
            )


def along(latents: Tensor, directions: Tensor, t: Tensor) -> Tensor:
    """Latents [1 or k, d] moved along directions [k, d] by t [S] → [k, S, d]."""
    moved = latents.double()[:, None, :] + t.double()[None, :, None] * directions[:, None, :]
    return moved.to(latents.dtype)


@torch.no_grad()
def directions_of(sampler: Sampler, method: Method, count: int, n: int, extractor: Extractor | None = None) -> Tensor:
    """Unit vectors [≤ count, latent_dim] in double precision, on the CPU.

    Raises:
        UsageError: the probe's extractor has no classes.
    """
    layer, latent_dim = first_layer(sampler.trained.generator), sampler.trained.latent_dim
    if method == "sefa":
        return sefa(layer.weight.cpu(), latent_dim, count)
    latents, activations, labels = sampler.latents(range(n)), [], []

    def keep(_: object, __: object, output: Tensor) -> None:
        activations.append(output.detach().flatten(1).cpu())

    handle = layer.register_forward_hook(keep)
    try:
        for start in range(0, n, sampler.batch):
            rows = range(start, min(start + sampler.batch, n))
            samples = sampler(latents[start : rows.stop], sampler.labels(rows))
            if method == "probe":
                labels.append(_classes(extractor, samples))
    finally:
        handle.remove()
    if method == "pca":
        return principal_components(torch.cat(activations), latents, count)
    found = torch.cat(labels)
    return linear_probe(latents, found.argmax(1), found.shape[1])[:count]


def _classes(extractor: Extractor | None, samples: Tensor) -> Tensor:
    assert extractor is not None  # see `check_method`
    probabilities = extractor(quantize(samples)).probabilities
    if probabilities is None:
        raise UsageError(f"extractor {extractor.name} has no classes: choose another for the probe, such as digits")
    return probabilities.cpu()
