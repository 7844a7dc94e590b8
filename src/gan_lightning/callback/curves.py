"""How the figures went, drawn."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callback.game import game
from gan_lightning.logger.csv import read
from gan_lightning.view.curves import curves


class Curves(Callback):
    """Draws `curves.png` from `metrics.csv` in the run directory, when training ends or breaks off.

    Losses, the divergence that the loss estimates (on training data and, where there is validation, on held-out
    data), and real images a second, against the round.
    """

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Draws."""
        draw(trainer, module)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Draws what there is."""
        draw(trainer, module)


def draw(trainer: Trainer, module: LightningModule) -> None:
    """Draws the curves of the run so far, where there are rows."""
    directory = Path(trainer.default_root_dir)
    if trainer.is_global_zero and (rows := read(directory / "metrics.csv")):
        curves(rows, game(module).loss.estimates).save(directory / "curves.png")
