"""Sample grids during training, and a GIF of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.frequent_classes import frequent_classes
from gan_lightning.callback.last_files import WritesLastFiles
from gan_lightning.callback.log_media import log_image, log_video
from gan_lightning.callback.throughput import TimedCallback
from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, MediumCount, validate_arguments
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.nn.labels import label_shape_of, labels_in_turn, num_classes_of
from gan_lightning.objective.cyclegan import CycleGAN
from gan_lightning.plot.gif import write_training_gif
from gan_lightning.plot.picture_file import save_png
from gan_lightning.plot.sample_plot import MOST_COLUMNS, SamplePlot, class_columns, names_of_cycle, sample_plot_for

CHUNK = 64  # samples made at once


class Samples(TimedCallback, WritesLastFiles):
    """Writes `samples/step_*.png` in the run directory, of the same latents every time, and a GIF of them.

    Generators that take numbers or images as labels get those of held-out samples.

    Images make a grid, with a column for each class for conditional generators of up to 16 classes; of more classes
    than images those with the most training samples. Points are drawn over the critic's values, series as lines,
    volumes as slices, translated images between the input and the target, those of two domains before the translation
    back. No random numbers are drawn: the run is the same with and without this callback. A run that resumes from step
    k removes the images after k and writes them again.

    Args:
        every: steps between two images; there is also one before the first step and one after the last.
        count: images in a grid; points are always 1,000.
        early: also after steps 10, 20, 50, 100, 200, ... up to `every`: most is learned in the beginning.
        film: also `samples/film.gif`, when training ends or stops early.
    """

    _plot: SamplePlot | None = None  # None: samples of this shape can't be drawn
    _latent: Tensor
    _label: Tensor
    _last_step = -1

    @validate_arguments
    def __init__(self, *, every: Count = 500, count: MediumCount = 64, early: bool = True, film: bool = True) -> None:
        self.every, self.count, self.early, self.film = every, count, early, film

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Prepares latents and layout; draws the untrained generator. Warns of shapes that can't be drawn."""
        self._plot = None
        if not trainer.is_global_zero:
            return
        data = getattr(trainer, "datamodule", None)
        classes = num_classes_of(as_adversarial(module).generator)
        names = names_of_cycle(getattr(data, "class_names", None), classes)
        chosen = self._chosen_classes(getattr(data, "train", None), classes)
        if chosen is not None and names:
            names = [names[number] for number in chosen.tolist()]
        held_out, bands = getattr(data, "held_out", None), getattr(data, "bands", None)
        rows = getattr(held_out, "rows", None)
        shape, columns = as_adversarial(module).shape, class_columns(classes)
        translates = len(label_shape_of(as_adversarial(module).generator)) == 3
        inputs = getattr(held_out, "labels", None) if translates else None
        try:
            self._plot = sample_plot_for(
                shape,
                count=self.count,
                columns=columns,
                real=rows,
                bands=bands,
                class_names=names,
                inputs=inputs,
                translate=module.translate if isinstance(module, CycleGAN) else None,
            )
        except UsageError as error:
            rank_zero_warn(f"{error}; callback.samples draws nothing in this run")
            return
        self._latent = as_adversarial(module).latent(self._plot.num_samples, "samples")
        generator, labels = as_adversarial(module).generator, getattr(held_out, "labels", None)
        self._label = labels_in_turn(generator, self._plot.num_samples, self._latent.device, labels)
        if chosen is not None:
            self._label = chosen.to(self._label)
        self._last_step = -1
        directory(trainer).mkdir(parents=True, exist_ok=True)
        for path in images(trainer):
            if step_of(path) > trainer.global_step:
                path.unlink()
        if trainer.global_step == 0:
            self._draw(trainer, module)

    def _chosen_classes(self, train: object, classes: int) -> Tensor | None:
        """Those of which there is an image, where there are more; None: all of them, or the data have no labels."""
        labels = train.labels if isinstance(train, SampleTable) else None
        if not MOST_COLUMNS < self.count < classes or not isinstance(labels, Tensor):
            return None
        print_rank_zero(f"pictures of samples: {self.count} of the {classes:,} classes, those with the most samples")
        return frequent_classes(labels, classes, self.count)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Draws samples at the steps that are due."""
        if trainer.is_global_zero and self.is_due(trainer.global_step):
            self._draw(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Draws the last step; writes the GIF."""
        if trainer.is_global_zero:
            if self._last_step != trainer.global_step:
                self._draw(trainer, module)
            self._write_gif(trainer)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Writes the GIF so far."""
        if trainer.is_global_zero:
            self._write_gif(trainer)

    def is_due(self, step: int) -> bool:
        """True if samples are drawn after this step."""
        return step % self.every == 0 or (self.early and step < self.every and _is_early(step))

    def _draw(self, trainer: Trainer, module: LightningModule) -> None:
        if self._plot is None:
            return
        with self.excluded_from_throughput():
            self._last_step = trainer.global_step
            parts = zip(*(torch.split(rows, CHUNK) for rows in (self._latent, self._label)), strict=True)
            fake = torch.cat([as_adversarial(module).sample(*part) for part in parts])
            score = as_adversarial(module).score
            image = self._plot.snapshot(fake, lambda x: score(x.to(fake.device)), trainer.global_step)
            save_png(image, directory(trainer) / f"step_{trainer.global_step:06d}.png")
            log_image(trainer, "samples", image)

    def _write_gif(self, trainer: Trainer) -> None:
        if self.film and len(found := images(trainer)) > 1:
            with self.excluded_from_throughput():
                film = directory(trainer) / "film.gif"
                write_training_gif(found, film)
                if film.is_file():
                    log_video(trainer, "film", film)


def directory(trainer: Trainer) -> Path:
    """The folder of the images."""
    return Path(trainer.default_root_dir) / "samples"


def images(trainer: Trainer) -> list[Path]:
    """All images of the run so far, in order of steps."""
    found = [path for path in directory(trainer).glob("step_*.png") if re.fullmatch(r"step_\d+", path.stem)]
    return sorted(found, key=step_of)


def step_of(image: Path) -> int:
    """The step in the file's name."""
    return int(image.stem.removeprefix("step_"))


def _is_early(step: int) -> bool:
    """True for 10, 20, 50, 100, 200, 500, ..."""
    digits = str(step)
    return len(digits) > 1 and digits[0] in "125" and not digits[1:].strip("0")
