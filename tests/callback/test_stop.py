from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.early_end import ReportEarlyEnd
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.stop import Stop
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.points import Points
from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.modules import networks
from tests.helper.modules import play as train
from tests.helper.planned_metric import Planned


def ended(play: Any, stop: Stop, *values: float, **options: Any) -> int:
    """The step at which a run of 20 with these scores, one every 2 steps, ends."""
    callbacks = (LogMetrics(), Scoring(metric=Planned(*values), every=2), stop, ReportEarlyEnd(), Checkpoint())
    trainer, _ = play(*callbacks, steps=20, **options)
    return int(trainer.global_step)


def test_patience_is_counted_in_scorings_and_leaves_a_checkpoint_and_a_line(
    play: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(play, Stop(patience=3), 9, 5, 6, 4, 5, 5, 5, 1, 1, 1) == 14
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 14
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "training ended at step 14 of 20: Stop: Monitored metric planned did not improve in the last 3"
    )


@pytest.mark.parametrize(
    ("options", "values", "step"),
    [
        ({}, (5,) * 10, 20),
        ({"target": 4.5}, (9, 6, 5, 4, 3, 2, 1, 1, 1, 1), 8),
        ({"monitor": "turned", "target": -4.5}, (9, 6, 5, 4, 3, 2, 1, 1, 1, 1), 8),  # higher is better
        ({"patience": 2, "min_delta": 1.0}, (9, 8.5, 8.2, 1, 1, 1, 1, 1, 1, 1), 6),
        ({"hours": 1e-9}, (5,) * 10, 2),
        ({"hours": 10.0}, (5,) * 10, 20),
    ],
)
def test_when_it_stops(options: dict[str, Any], values: tuple[float, ...], step: int, play: Any) -> None:
    assert ended(play, Stop(**options), *values) == step


def test_an_estimate_can_be_monitored(tmp_path: Path) -> None:
    callbacks = [LogMetrics(), Scoring(metric=Points(n_fake_training=20), every=2, keep=False)]
    callbacks.append(Stop(monitor="wasserstein_mean", target=1e9))
    module = WGANGP(*networks(), latent_dim=4, n_critic=1)
    assert train(module, 8, callbacks=callbacks, default_root_dir=str(tmp_path)).global_step == 2


def test_the_wait_goes_on_after_a_break(play: Any, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints" / "last.ckpt"
    play(LogMetrics(), Scoring(metric=Planned(5, 6, 6), every=2), Stop(patience=9), Checkpoint(), steps=6)
    assert ended(play, Stop(patience=4), 6, 6, 6, 6, 6, 6, 6, ckpt_path=file) == 10


def test_no_scores_and_unknown_names_are_refused(play: Any) -> None:
    with pytest.raises(UsageError, match=r"callback.stop waits for scores, and this run has none"):
        play(Stop(patience=1), steps=2)
    with pytest.raises(UsageError, match=r"callback.stop.monitor=planed is not logged: did you mean planned"):
        ended(play, Stop(monitor="planed", patience=1), 1)
