"""What a logger may take beside figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

Histogram = tuple[NDArray[np.float64], NDArray[np.float64]]  # counts [n] and edges [n + 1]


@runtime_checkable
class LogsImages(Protocol):
    """A logger that takes pictures."""

    def log_image(self, key: str, images: list[Image], step: int | None = None) -> None:
        """Shows pictures under `key`."""
        ...


@runtime_checkable
class LogsVideos(Protocol):
    """A logger that takes films."""

    def log_video(self, key: str, videos: list[Any], step: int | None = None, **kwargs: Any) -> None:
        """Logs GIF files under `key`."""
        ...


@runtime_checkable
class LogsPoints(Protocol):
    """A logger that draws scatter plots."""

    def log_points(
        self, key: str, points: Sequence[Mapping[str, float]], x: str, y: str, step: int | None = None
    ) -> None:
        """Draws each point's `y` over its `x`, under `key`; what else a point has stands in the table."""
        ...


@runtime_checkable
class LogsHistograms(Protocol):
    """A logger that draws histograms."""

    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        """Draws counts over edges under `key`."""
        ...


@runtime_checkable
class LogsTables(Protocol):
    """A logger that shows tables."""

    def log_table(self, key: str, columns: list[str], data: list[list[Any]], *, step: int | None = None) -> None:
        """Shows rows under `key`."""
        ...
