"""Projection of an image into latent space."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.given_path import given_path
from gan_lightning.core.validation import MediumCount, Positive, SmallCount, validate_arguments
from gan_lightning.data.io.decode import decode
from gan_lightning.data.pixels import fit_to_shape, to_float
from gan_lightning.extractor.base import Extractor
from gan_lightning.nn.labels import bind_labels
from gan_lightning.plot.block import Block
from gan_lightning.plot.gif import write_loop_gif
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import SamplePlot
from gan_lightning.sample.latent.projection import project
from gan_lightning.sample.output.base import check_images_only
from gan_lightning.sample.sampler import Sampler


class Projection:
    """`projection.png`: an image, the nearest sample, and the way to it, also as `projection.gif`.

    The latent is found by Adam on the mean squared error of pixels, or of an extractor's features, from several starts;
    restarts of a conditional generator cycle through the classes unless `label` is given. `projection.json` has the
    latent. An image of the training set that is found again exactly was memorized; one that is not found at all may be
    in a missing mode.

    Args:
        image: an image file, brought to the generator's size and channels; null is a sample of the next seed.
        restarts: latents to start from: those of samples 0, 1, 2, ....
        steps: of Adam.
        lr: learning rate at first.
        frames: of the GIF.
        extractor: of the features that are compared; null compares pixels.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        image: str | None = None,
        restarts: SmallCount = 16,
        steps: MediumCount = 500,
        lr: Positive = 0.1,
        frames: SmallCount = 40,
        extractor: Extractor | None = None,
    ) -> None:
        self.image, self.restarts, self.steps, self.lr, self.frames = image, restarts, steps, lr, frames
        self.extractor = extractor

    def check(self, sampler: Sampler) -> None:
        """See `Output.check`. Reads the image.

        Raises:
            UsageError: it can't be read.
        """
        check_images_only("projection", sampler, "output=grid shows where they lie")
        self._target = self._read(sampler)

    def make(self, sampler: Sampler, plot: SamplePlot, folder: Path) -> list[Path]:
        """See `Output.make`."""
        weight = next(sampler.trained.generator.parameters())
        start = sampler.latents(range(self.restarts)).to(weight)
        labels = sampler.labels(range(self.restarts))
        generator, view = bind_labels(sampler.trained.generator, labels), self._view(weight.device)
        target = view(self._target.to(weight)[None])[0]
        found = project(
            lambda latents: view(generator(latents)), target, start, steps=self.steps, lr=self.lr, frames=self.frames
        )
        label = labels[found.restart : found.restart + 1]
        way = sampler(found.path, label.expand(len(found.path)))
        columns = torch.linspace(0, len(way) - 1, min(6, len(way))).round().long()
        captions = ["image", "nearest sample", *(f"way {100 * int(c) // max(1, len(way) - 1)} %" for c in columns[:-1])]
        row = torch.cat([self._target[None].float().cpu(), way[-1:], way[columns[:-1]]])
        compared = f" of {self.extractor.name}'s features" if self.extractor else ""
        title = f"mean squared error{compared} {found.error:.2g}, the best of {self.restarts} starts"
        save_png(plot.table([Block(title, captions, row[None])]), folder / "projection.png")
        pairs = torch.stack([self._target.float().cpu().expand_as(way), way], 1)
        frames = [plot.table([Block("image, and the way to it", ["", ""], pair[None])]) for pair in pairs]
        write_loop_gif([*frames, *[frames[-1]] * 10], folder / "projection.gif")
        entries: dict[str, object] = {"image": self.image, "extractor": self.extractor and self.extractor.name}
        entries |= {"error": found.error, "latent": found.latent.cpu().tolist()}
        entries["label"] = int(label) if sampler.classes else None
        write_text(folder / "projection.json", json.dumps(entries, indent=2) + "\n")
        return [folder / f"projection.{kind}" for kind in ("png", "gif", "json")]

    def _view(self, device: torch.device) -> Callable[[Tensor], Tensor]:
        """The function of samples that is compared."""
        return self.extractor.to(device).differentiable if self.extractor else lambda samples: samples

    def _read(self, sampler: Sampler) -> Tensor:
        if self.image is None:
            other = Sampler(sampler.trained, seed=sampler.seed + 1, label=sampler.label, truncation=sampler.truncation)
            return other(other.latents([0]))[0]
        file = given_path(self.image, "output.projection.image")
        if not file.is_file():
            raise UsageError(f"output.projection.image={self.image} is not a file")
        try:
            pixels = torch.from_numpy(decode(file, sampler.shape[1:], sampler.shape[0]).copy())
        except Exception as error:
            raise UsageError(f"output.projection.image={self.image} can't be read: {first_line(error)}") from error
        return to_float(fit_to_shape(pixels[None], sampler.shape))[0]
