"""Pictures of what the generator makes, as it learns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.log_media import log_image, log_video
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.labels import num_classes_of
from gan_lightning.plot.gif import write_training_gif
from gan_lightning.plot.sample_plot import SamplePlot, class_columns, sample_plot_for

CHUNK = 64  # samples made at once


class Samples(TimedCallback):
    """Writes `samples/step_*.png` in the run directory, of the same latents every time, and a film of them.

    Images make a grid, with a column for each class where up to 16 are told; points of the plane are shown over the
    critic's values. Nothing is drawn at random: the run is the same with and without pictures. A run that goes on from
    step k removes the pictures after k, which come again.

    Args:
        every: steps between two pictures. There is one before the first step and one after the last, too.
        count: images in a grid; points are always 1,000.
        early: also after steps 10, 20, 50, 100, 200, ... as far as `every`: most is learnt in the beginning.
        film: also `samples/film.gif`, when training ends or breaks off.
    """

    _plot: SamplePlot
    _latent: Tensor
    _label: Tensor
    _shown = -1

    @validate_arguments
    def __init__(self, *, every: Count = 500, count: Count = 64, early: bool = True, film: bool = True) -> None:
        self.every, self.count, self.early, self.film = every, count, early, film

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Settles what is shown; shows the untrained generator.

        Raises:
            UsageError: the samples are of a shape that no picture here can show.
        """
        if not trainer.is_global_zero:
            return
        held_out = getattr(getattr(trainer, "datamodule", None), "held_out", None)
        classes = num_classes_of(as_adversarial(module).generator)
        rows = getattr(held_out, "rows", None)
        shape, columns = as_adversarial(module).shape, class_columns(classes)
        try:
            self._plot = sample_plot_for(shape, count=self.count, columns=columns, real=rows)
        except UsageError as error:
            raise UsageError(f"{error}: type callback.samples=null to train without plots of samples") from None
        self._latent = as_adversarial(module).latent(self._plot.num_samples, "samples")
        self._label = torch.arange(self._plot.num_samples, device=self._latent.device) % max(1, classes)
        self._shown = -1
        directory(trainer).mkdir(parents=True, exist_ok=True)
        for path in pictures(trainer):
            if step_of(path) > trainer.global_step:
                path.unlink()
        if trainer.global_step == 0:
            self._show(trainer, module)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Shows what this step's generator makes, where it is time."""
        if trainer.is_global_zero and self.wanted(trainer.global_step):
            self._show(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Shows the last step; makes the film."""
        if trainer.is_global_zero:
            if self._shown != trainer.global_step:
                self._show(trainer, module)
            self._roll(trainer)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Makes the film of what there is."""
        if trainer.is_global_zero:
            self._roll(trainer)

    def wanted(self, step: int) -> bool:
        """Whether there is a picture after this step."""
        return step % self.every == 0 or (self.early and step < self.every and _is_early(step))

    def _show(self, trainer: Trainer, module: LightningModule) -> None:
        with self.excluded_from_throughput():
            self._shown = trainer.global_step
            parts = zip(*(torch.split(rows, CHUNK) for rows in (self._latent, self._label)), strict=True)
            fake = torch.cat([as_adversarial(module).sample(*part) for part in parts])
            score = as_adversarial(module).score
            image = self._plot.snapshot(fake, lambda x: score(x.to(fake.device)), trainer.global_step)
            image.save(directory(trainer) / f"step_{trainer.global_step:06d}.png")
            log_image(trainer, "samples", image)

    def _roll(self, trainer: Trainer) -> None:
        if self.film and len(found := pictures(trainer)) > 1:
            with self.excluded_from_throughput():
                write_training_gif(found, directory(trainer) / "film.gif")
                log_video(trainer, "film", directory(trainer) / "film.gif")


def directory(trainer: Trainer) -> Path:
    """Where the pictures are."""
    return Path(trainer.default_root_dir) / "samples"


def pictures(trainer: Trainer) -> list[Path]:
    """All pictures of the run so far, in order of steps."""
    found = [path for path in directory(trainer).glob("step_*.png") if re.fullmatch(r"step_\d+", path.stem)]
    return sorted(found, key=step_of)


def step_of(picture: Path) -> int:
    """The step that its name tells."""
    return int(picture.stem.removeprefix("step_"))


def _is_early(step: int) -> bool:
    """10, 20, 50, 100, 200, 500, ..."""
    digits = str(step)
    return len(digits) > 1 and digits[0] in "125" and not digits[1:].strip("0")
