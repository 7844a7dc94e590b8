"""Plot of the loss's divergence estimate against a score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from lightning.pytorch import LightningModule, Trainer

from gan_lightning.callback.due import as_adversarial
from gan_lightning.callback.last_files import WritesLastFiles
from gan_lightning.callback.log_media import log_image
from gan_lightning.core.validation import Index, validate_arguments
from gan_lightning.logger.csv import read
from gan_lightning.metric.rank_correlation import RankCorrelation, column, pairs, rank_correlation
from gan_lightning.metric.registry import CRITIC, scores_in
from gan_lightning.plot.loss_vs_score import LossVsScore
from gan_lightning.plot.loss_vs_score import loss_vs_score as plot
from gan_lightning.plot.picture_file import save_png


class LossVsScorePlot(WritesLastFiles):
    """Draws `loss_vs_score.png` when training ends or stops early: the loss's divergence estimate against a score.

    Spearman's ρ of the two over the steps that have both is logged with the last step, as `loss_score_rho`, that of
    the estimate on held-out data as `val_loss_score_rho`, and that of the independent critic, which is drawn below, as
    `critic_score_rho`; see `metric/rank_correlation.py`. Nothing is drawn if `metrics.csv` has no scores, or fewer than
    three steps with both.

    Args:
        score: a column of `metrics.csv`; None: the first that runs are ranked by.
        burn_in: the first step that counts.
    """

    later_metrics = frozenset({"loss_score_rho", "val_loss_score_rho", "critic_score_rho"})

    @validate_arguments
    def __init__(self, *, score: str | None = None, burn_in: Index = 0) -> None:
        self.score, self.burn_in = score, burn_in

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Draws the plot and logs ρ."""
        found = self._draw(trainer, module)
        metrics = {name: one.value for name, one in found.items() if math.isfinite(one.value)}
        for logger in trainer.loggers if metrics else ():
            logger.log_metrics(metrics, step=trainer.global_step)

    def write_last_files(self, trainer: Trainer, module: LightningModule) -> None:
        """Draws the plot; the row of the last step is written already."""
        self._draw(trainer, module)

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Draws the plot so far."""
        self._draw(trainer, module)

    def _draw(self, trainer: Trainer, module: LightningModule) -> dict[str, RankCorrelation]:
        if not trainer.is_global_zero:
            return {}
        directory, estimate = Path(trainer.default_root_dir), as_adversarial(module).loss.divergence_name
        rows = read(directory / "metrics.csv")
        score = self.score or next((name for row in rows for name in scores_in(row)), None)
        if score is None:
            return {}
        own = {"loss_score_rho": column(rows, estimate), "val_loss_score_rho": f"val_{estimate}"}
        columns = own | ({} if score == CRITIC else {"critic_score_rho": CRITIC})
        found = {
            name: one for name, key in columns.items() if (one := rank_correlation(rows, key, score, self.burn_in))
        }
        if found:
            names = [next((name for name in own if name in found), None), "critic_score_rho"]
            image = plot(
                *(
                    LossVsScore(
                        describe(found[name]),
                        columns[name].replace("_", " "),
                        score,
                        *pairs(rows, columns[name], score, self.burn_in),
                    )
                    for name in names
                    if name in found
                )
            )
            save_png(image, directory / "loss_vs_score.png")
            log_image(trainer, "loss_vs_score", image)
        return found


def describe(found: RankCorrelation) -> str:
    """The correlation as text: ρ = 0.93, n = 21; of changes 0.41."""
    numbers: Sequence[str] = [f"{value:.2f}" if math.isfinite(value) else "undefined" for value in found[:2]]
    return f"ρ = {numbers[0]}, n = {found.n}; of changes {numbers[1]}"
