"""What is finished at the end of a run reaches the loggers that take it, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import Callback, LightningModule, Trainer
from PIL.Image import Image

from gan_lightning.callback.curves import Curves, common_steps
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.samples import Samples
from gan_lightning.logger.csv import CSV
from tests.helper.tiny_module import Memory, TinyGame


class Takes(Memory):
    """Takes everything."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[Any, ...]] = []

    def log_image(self, key: str, images: list[Image], step: int | None = None) -> None:
        self.taken.append((key, step))

    def log_video(self, key: str, videos: list[Path], step: int | None = None, **kwargs: Any) -> None:
        (film,) = videos
        self.taken.append((key, step, film.read_bytes()[:3]))

    def log_points(
        self, key: str, points: Sequence[Mapping[str, float]], x: str, y: str, step: int | None = None
    ) -> None:
        self.taken.append((key, step, list(points), x, y))


class Scores(Callback):
    """A score at every third step: its square."""

    def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *_: Any) -> None:
        if trainer.global_step % 3 == 0:
            for logger in trainer.loggers:
                logger.log_metrics({"frechet/tiny": trainer.global_step**2}, step=trainer.global_step)


def test_gif_curves_and_scores_over_the_estimate(play: Any, tmp_path: Path) -> None:
    takes = Takes()
    callbacks = [LogMetrics(), Scores(), Samples(every=6, count=4), Curves()]
    play(*callbacks, steps=6, log_every=2, logger=[CSV(str(tmp_path)), Memory(), takes])
    points = [{"step": 6.0, "estimate": 1 / 6, "score": 36.0}]  # the only step that has both
    assert takes.taken == [
        ("samples", 0),
        ("samples", 6),
        ("film", 6, b"GIF"),
        ("curves", 6),
        ("loss_vs_score/frechet/tiny", 6, points, "estimate", "score"),
    ]


def test_also_when_training_breaks_off(play: Any, tmp_path: Path) -> None:
    takes, game = Takes(), TinyGame()
    game.fail_at = 5
    with pytest.raises(RuntimeError, match="on purpose"):
        play(LogMetrics(), Samples(every=2, count=4), Curves(), steps=9, game=game, logger=[CSV(str(tmp_path)), takes])
    assert [key for key, step, *_ in takes.taken if step == 5] == ["film", "curves"]


def test_points_are_steps_where_both_are_finite() -> None:
    rows = [{"step": 1, "a": 1.0}, {"step": 2, "a": 2.0, "b": float("nan")}, {"step": 3, "a": 3.0, "b": 4.0}]
    assert common_steps(rows, "a", "b") == [{"step": 3, "estimate": 3.0, "score": 4.0}]


def test_the_mean_of_an_estimate_is_preferred() -> None:
    rows = [{"step": 1, "a": 1.0, "b": 9.0}, {"step": 2, "a": 2.0, "a_mean": 1.5, "b": 4.0}]
    assert common_steps(rows, "a", "b") == [{"step": 2, "estimate": 1.5, "score": 4.0}]
