"""TensorBoard logger of metrics and media."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from PIL.Image import Image
from PIL.Image import open as open_image

from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import validate_arguments
from gan_lightning.logger.media import Histogram


class TensorBoard(TensorBoardLogger):
    """Writes event files to `tensorboard/` in the run directory, by training step.

    Args:
        directory: the run directory.
    """

    @validate_arguments
    def __init__(self, directory: str) -> None:
        import_extra("tensorboard", "tensorboard")
        super().__init__(save_dir=directory, name="", version="tensorboard", default_hp_metric=False)

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Image], step: int | None = None) -> None:
        """Logs images under `key`."""
        for index, image in enumerate(images):
            tag = key if len(images) == 1 else f"{key}/{index}"
            self.experiment.add_image(tag, np.asarray(image.convert("RGB")), step, dataformats="HWC")

    @rank_zero_only
    def log_video(self, key: str, videos: Sequence[Path], step: int | None = None, **kwargs: Any) -> None:
        """Logs GIF files under `key`, animated in the browser."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        for index, video in enumerate(videos):
            tag = key if len(videos) == 1 else f"{key}/{index}"
            with open_image(video) as gif:
                width, height = gif.size
            image = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=video.read_bytes())
            self.experiment.file_writer.add_summary(Summary(value=[Summary.Value(tag=tag, image=image)]), step)

    @rank_zero_only
    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        """Logs a histogram under `key`."""
        counts, edges = histogram
        centers = (edges[1:] + edges[:-1]) / 2
        self.experiment.add_histogram_raw(
            key,
            min=edges[0],
            max=edges[-1],
            num=counts.sum(),
            sum=(counts * centers).sum(),
            sum_squares=(counts * centers**2).sum(),
            bucket_limits=edges[1:].tolist(),
            bucket_counts=counts.tolist(),
            global_step=step,
        )
