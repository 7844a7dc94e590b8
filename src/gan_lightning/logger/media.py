"""Protocols of loggers that take more than metrics: media, tables, alerts, checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

Histogram = tuple[NDArray[np.float64], NDArray[np.float64]]  # counts [n] and edges [n + 1]


@runtime_checkable
class LogsImages(Protocol):
    """A logger of images."""

    def log_image(self, key: str, images: list[Image], step: int | None = None) -> None:
        """Logs images under `key`."""
        ...


@runtime_checkable
class LogsVideos(Protocol):
    """A logger of videos."""

    def log_video(self, key: str, videos: list[Any], step: int | None = None, **kwargs: Any) -> None:
        """Logs GIF files under `key`."""
        ...


@runtime_checkable
class LogsPoints(Protocol):
    """A logger of scatter plots."""

    def log_points(
        self, key: str, points: Sequence[Mapping[str, float]], x: str, y: str, step: int | None = None
    ) -> None:
        """Logs a scatter plot of `y` over `x` under `key`; the points' other fields go to its table."""
        ...


@runtime_checkable
class LogsHistograms(Protocol):
    """A logger of histograms."""

    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        """Logs a histogram under `key`."""
        ...


@runtime_checkable
class LogsTables(Protocol):
    """A logger of tables."""

    def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:
        """Logs a table of rows under `key`."""
        ...


@runtime_checkable
class LogsAlerts(Protocol):
    """A logger that sends messages to people."""

    def log_alert(self, title: str, text: str) -> None:
        """Sends a message."""
        ...


@runtime_checkable
class LogsCheckpoints(Protocol):
    """A logger that keeps checkpoints."""

    def log_checkpoint(self, file: Path, step: int) -> None:
        """Keeps a copy of the file, which was written after this step."""
        ...
