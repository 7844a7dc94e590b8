"""Media, tables, alerts and checkpoints, for the loggers that take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from PIL.Image import Image

from gan_lightning.logger.media import (
    Histogram,
    LogsAlerts,
    LogsCheckpoints,
    LogsHistograms,
    LogsImages,
    LogsPoints,
    LogsTables,
    LogsVideos,
)


def log_image(trainer: Trainer, key: str, image: Image) -> None:
    """Logs an image to the loggers that take images."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsImages):
            logger.log_image(key, [image], step=trainer.global_step)


def log_video(trainer: Trainer, key: str, video: Path) -> None:
    """Logs a GIF to the loggers that take videos."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsVideos):
            logger.log_video(key, [video], step=trainer.global_step)


def log_points(trainer: Trainer, key: str, points: Sequence[Mapping[str, float]], x: str, y: str) -> None:
    """Logs points to the loggers that draw them, `y` against `x`."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsPoints):
            logger.log_points(key, points, x, y, step=trainer.global_step)


def log_histogram(trainer: Trainer, key: str, histogram: Histogram) -> None:
    """Logs a histogram to the loggers that draw them."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsHistograms):
            logger.log_histogram(key, histogram, step=trainer.global_step)


def log_table(trainer: Trainer, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Logs rows, all with the same keys, to the loggers that take tables."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsTables):
            columns = list(rows[0])
            logger.log_table(key, columns, [[row[c] for c in columns] for row in rows], step=trainer.global_step)


def log_alert(trainer: Trainer, title: str, text: str) -> None:
    """Sends a message through the loggers that do so."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsAlerts):
            logger.log_alert(title, text)


def log_checkpoint(trainer: Trainer, file: Path) -> None:
    """Gives a checkpoint of the present step to the loggers that keep them."""
    for logger in trainer.loggers:
        if isinstance(logger, LogsCheckpoints):
            logger.log_checkpoint(file, trainer.global_step)
