"""Plot of the training curves."""

from __future__ import annotations

from math import isfinite, nan
from pathlib import Path

from lightning.pytorch import LightningModule, Trainer

from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.last_files import WritesLastFiles
from gan_lightning.callback.log_media import log_image, log_points
from gan_lightning.logger.csv import read
from gan_lightning.metric.registry import CRITIC, direction, scores_in
from gan_lightning.plot.curves import Rows, curves
from gan_lightning.plot.picture_file import save_png


class Curves(WritesLastFiles):
    """Draws `curves.png` from `metrics.csv` in the run directory, when training ends or stops early.

    Losses, the divergence that the loss estimates (on training data and, with validation, on held-out data), the score
    that runs are ranked by, and real images per second, against the step. Loggers that draw scatter plots get each
    score against that divergence, and against the independent critic: do they predict the quality?
    """

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Draws the curves."""
        draw(trainer, module)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Draws the curves so far."""
        draw(trainer, module)


def draw(trainer: Trainer, module: LightningModule) -> None:
    """Draws the curves of the run so far, unless `metrics.csv` is empty."""
    directory = Path(trainer.default_root_dir)
    if trainer.is_global_zero and (rows := read(directory / "metrics.csv")):
        estimate = as_adversarial(module).loss.divergence_name
        scores = scores_in(dict.fromkeys(key for row in rows for key in row))
        image = curves(rows, estimate, *((scores[0], direction(scores[0])) if scores else ()))
        save_png(image, directory / "curves.png")
        log_image(trainer, "curves", image)
        for score in sorted(scores):
            if points := common_steps(rows, estimate, score):
                log_points(trainer, f"loss_vs_score/{score}", points, x="estimate", y="score")
            if score != CRITIC and (points := common_steps(rows, CRITIC, score)):
                log_points(trainer, f"critic_vs_score/{score}", points, x="estimate", y="score")


def common_steps(rows: Rows, estimate: str, score: str) -> list[dict[str, float]]:
    """Steps at which both metrics are finite, with their values there as `estimate` and `score`.

    The estimate is its mean since the previous scoring where rows have it: that of one step is noisy.
    """
    mean = f"{estimate}_mean"
    column = mean if any(mean in row for row in rows) else estimate
    points = ({"step": row["step"], "estimate": row.get(column, nan), "score": row.get(score, nan)} for row in rows)
    return [point for point in points if all(map(isfinite, point.values()))]
