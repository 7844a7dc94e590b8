"""Figures and pictures for TensorBoard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from PIL.Image import Image

from gan_lightning.runtime.check import checked
from gan_lightning.runtime.refusal import Refusal


class TensorBoard(TensorBoardLogger):
    """Writes event files to `tensorboard/` in the run directory; its step is the round.

    Args:
        directory: the run directory.
    """

    @checked
    def __init__(self, directory: str) -> None:
        try:
            super().__init__(save_dir=directory, name="", version="tensorboard", default_hp_metric=False)
        except ModuleNotFoundError:
            raise Refusal("logger=tensorboard needs a package that is not here: pip install tensorboard") from None

    @rank_zero_only
    def log_image(self, key: str, images: Sequence[Image], step: int | None = None) -> None:
        """Shows pictures under `key`."""
        for index, image in enumerate(images):
            tag = key if len(images) == 1 else f"{key}/{index}"
            self.experiment.add_image(tag, np.asarray(image.convert("RGB")), step, dataformats="HWC")
