from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.loss_vs_score import LossVsScorePlot
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import CSV, last
from tests.helper.tiny_module import TinyGame, size_and_frames


class Scores(Callback):
    """Scores at the steps of the figures; the tiny game's estimate falls with every step."""

    def __init__(self, *values: float, name: str = "w1") -> None:
        self.values, self.name = dict(enumerate(values, start=1)), name

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *_: Any) -> None:
        if trainer.global_step in self.values:
            for logger in trainer.loggers:
                logger.log_metrics({self.name: self.values[trainer.global_step]}, step=trainer.global_step)


def played(play: Any, directory: Path, *callbacks: Callback, **options: Any) -> dict[str, float]:
    play(LogMetrics(), *callbacks, logger=[CSV(str(directory))], log_every=1, directory=directory, **options)
    return last(directory)


@pytest.mark.training
@pytest.mark.parametrize(
    ("name", "values", "rho"), [("w1", (6, 5, 3, 4), 0.8), ("modes", (6, 5, 3, 4), -0.8), ("w1", (1, 2, 3, 4), -1)]
)
def test_rho_is_logged_with_the_last_step_and_drawn(
    name: str, values: tuple[float, ...], rho: float, play: Any, tmp_path: Path
) -> None:
    # ranks of 1, 1/2, 1/3, 1/4 are 4 3 2 1, of 6, 5, 3, 4 they are 4 3 1 2: 1 - 6 · 2 / (4 · 15) = 0.8
    figures = played(play, tmp_path, Scores(*values, name=name), LossVsScorePlot(), steps=4)
    assert figures["loss_score_rho"] == pytest.approx(rho)
    assert "val_loss_score_rho" not in figures
    assert size_and_frames(tmp_path / "loss_vs_score.png")[0] == (1920, 660)
    assert (tmp_path / "metrics.csv").read_text().splitlines()[-1].startswith("4,")


@pytest.mark.training
def test_the_first_step_that_counts_and_the_score_are_chosen(play: Any, tmp_path: Path) -> None:
    callbacks = (Scores(1, 9, 3, 2, 1), Scores(9, 1, 2, 3, 4, name="my_score"))
    figures = played(play, tmp_path / "a", *callbacks, LossVsScorePlot(burn_in=2), steps=5)
    assert figures["loss_score_rho"] == pytest.approx(1)
    mine = LossVsScorePlot(score="my_score", burn_in=2)
    figures = played(play, tmp_path / "b", *callbacks, mine, steps=5)
    assert figures["loss_score_rho"] == pytest.approx(-1)
    with pytest.raises(UsageError, match="burn_in=-1"):
        LossVsScorePlot(burn_in=-1)


@pytest.mark.training
def test_the_independent_critic_has_a_row_of_its_own(play: Any, tmp_path: Path) -> None:
    critic = Scores(9, 7, 8, 6, name="independent_critic")
    figures = played(play, tmp_path / "both", Scores(6, 5, 3, 4), critic, LossVsScorePlot(), steps=4)
    assert figures["loss_score_rho"] == pytest.approx(0.8)
    assert figures["critic_score_rho"] == pytest.approx(0.4)  # ranks 4 2 3 1 against 4 3 1 2: 1 - 6 · 6 / 60
    assert size_and_frames(tmp_path / "both" / "loss_vs_score.png")[0] == (1920, 1320)
    alone = played(play, tmp_path / "alone", Scores(9, 7, 8, 6, name="independent_critic"), LossVsScorePlot(), steps=4)
    assert alone["loss_score_rho"] == pytest.approx(0.8)  # as the score that the loss's estimate is compared with
    assert "critic_score_rho" not in alone


def test_silent_without_scores_or_with_two_steps_of_them(play: Any, tmp_path: Path) -> None:
    assert "loss_score_rho" not in played(play, tmp_path, LossVsScorePlot(), steps=4)
    assert "loss_score_rho" not in played(play, tmp_path, Scores(2, 1), LossVsScorePlot(), steps=4)
    play(LossVsScorePlot(), steps=2, directory=tmp_path / "bare")
    assert not (tmp_path / "loss_vs_score.png").exists()
    assert not (tmp_path / "bare" / "loss_vs_score.png").exists()


def test_a_constant_score_has_a_picture_but_no_rho(play: Any, tmp_path: Path) -> None:
    assert "loss_score_rho" not in played(play, tmp_path, Scores(2, 2, 2), LossVsScorePlot(), steps=3)
    assert (tmp_path / "loss_vs_score.png").exists()


def test_a_run_that_breaks_off_leaves_the_picture(play: Any, tmp_path: Path) -> None:
    game = TinyGame()
    game.fail_at = 4
    with pytest.raises(RuntimeError, match="on purpose"):
        played(play, tmp_path, Scores(3, 2, 1, 0), LossVsScorePlot(), steps=9, game=game)
    assert (tmp_path / "loss_vs_score.png").exists()
    assert "loss_score_rho" not in last(tmp_path)
