"""Finished pictures, films and the like, handed to the loggers that take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from PIL.Image import Image

from gan_lightning.logger.media import Histogram, ShowsFilms, ShowsHistograms, ShowsImages, ShowsPoints, ShowsTables


def show(trainer: Trainer, key: str, image: Image) -> None:
    """Gives a picture to the loggers that take pictures."""
    for logger in trainer.loggers:
        if isinstance(logger, ShowsImages):
            logger.log_image(key, [image], step=trainer.global_step)


def show_film(trainer: Trainer, key: str, film: Path) -> None:
    """Gives a GIF to the loggers that take films."""
    for logger in trainer.loggers:
        if isinstance(logger, ShowsFilms):
            logger.log_film(key, film, step=trainer.global_step)


def show_points(trainer: Trainer, key: str, points: Sequence[Mapping[str, float]], x: str, y: str) -> None:
    """Gives points to the loggers that draw them, as `y` over `x`."""
    for logger in trainer.loggers:
        if isinstance(logger, ShowsPoints):
            logger.log_points(key, points, x, y, step=trainer.global_step)


def show_histogram(trainer: Trainer, key: str, histogram: Histogram) -> None:
    """Gives a histogram to the loggers that draw them."""
    for logger in trainer.loggers:
        if isinstance(logger, ShowsHistograms):
            logger.log_histogram(key, histogram, step=trainer.global_step)


def show_table(trainer: Trainer, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Gives rows, of the same keys, to the loggers that take tables."""
    for logger in trainer.loggers:
        if isinstance(logger, ShowsTables):
            columns = list(rows[0])
            logger.log_table(key, columns, [[row[c] for c in columns] for row in rows], step=trainer.global_step)
