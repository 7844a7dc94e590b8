from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.progress import Progress
from gan_lightning.callback.score import Scoring
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.csv import CSV, read
from gan_lightning.metric.base import SampleStats
from gan_lightning.metric.independent_critic import IndependentCritic
from gan_lightning.metric.points import Points
from gan_lightning.metric.score import Score
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, State, networks, same, state
from tests.helper.planned_metric import Planned
from tests.helper.tiny_module import TinyGame

COLUMNS = {"w1", "wasserstein_mean"}


def steps(file: Path) -> int:
    return int(torch.load(file, weights_only=True)["global_step"])


def test_scores_share_the_rows_of_the_metrics(play: Any, tmp_path: Path) -> None:
    metric = Planned(*range(4))
    play(LogMetrics(), Scoring(metric=metric, every=3), steps=10, log_every=4, logger=[CSV(str(tmp_path))])
    rows = read(tmp_path / "metrics.csv")
    assert [row["step"] for row in rows] == [1, 3, 4, 6, 8, 9, 10]
    assert all("wasserstein" in row for row in rows)
    assert {row["step"]: row["planned"] for row in rows if "planned" in row} == {3: 0, 6: 1, 9: 2, 10: 3}
    assert metric.asked == 1 + 4


@pytest.mark.parametrize("full", [False, True])
def test_full_scores_where_they_are_asked_for(full: bool, play: Any) -> None:
    play(Scoring(metric=(metric := Planned(1)), every=2, full=full), steps=2)
    assert metric.full == full


def test_no_scores_no_extra_rows(play: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for metric, says in ((None, ""), ({}, "no scores: ")):
        play(LogMetrics(), Scoring(metric=metric, every=1), steps=4, log_every=2, logger=[CSV(str(tmp_path))])
        assert [set(row) & {"planned"} for row in read(tmp_path / "metrics.csv")] == [set()] * 3
        said = capsys.readouterr().err
        assert said.startswith(says)
        assert len(said.splitlines()) == bool(says)


def test_a_run_that_stops_early_is_scored_at_its_end(play: Any, tmp_path: Path) -> None:
    class Enough(Checkpoint):
        def on_train_batch_end(self, trainer: Any, *args: Any) -> None:
            trainer.should_stop = trainer.global_step == 5

    play(LogMetrics(), Scoring(metric=Planned(7.0), every=100), Enough(), steps=9, logger=[CSV(str(tmp_path))])
    assert read(tmp_path / "metrics.csv")[-1]["planned"] == 7
    assert read(tmp_path / "metrics.csv")[-1]["step"] == 5


def test_the_estimate_is_the_mean_over_the_steps_since_the_last_scoring(play: Any, tmp_path: Path) -> None:
    class Observed(TinyGame):
        def training_step(self, batch: int, index: int) -> None:
            super().training_step(batch, index)
            k = float(self.trainer.global_step)
            # two micro-batches; the estimate of step k is the mean of the reals' scores less that of the fakes', k² - k
            self.metrics.tensors = {
                "real_score": [torch.tensor([k**2 - 1]), torch.tensor([k**2 + 1])],
                "fake_score": [torch.tensor([k]), torch.tensor([k])],
            }
            if k == 5:
                self.metrics.tensors["real_score"][0].fill_(float("inf"))  # a step that is left out

    play(Scoring(metric=Planned(0, 0), every=3), steps=6, game=Observed(), logger=[CSV(str(tmp_path))])
    means = {row["step"]: row["wasserstein_mean"] for row in read(tmp_path / "metrics.csv")}
    assert means == pytest.approx({3: (0 + 2 + 6) / 3, 6: (12 + 30) / 2})


@pytest.mark.parametrize(
    ("mode", "best", "kept"),
    [(None, None, [2, 6]), ("max", None, [2, 4]), (None, "turned", [2, 6]), ("min", "turned", [2, 4])],
)
def test_the_best_checkpoint_is_that_of_the_best_score(
    mode: Any, best: str | None, kept: list[int], play: Any, tmp_path: Path
) -> None:
    written = []

    class Watched(Scoring):
        def after_step(self, trainer: Any, module: Any) -> None:
            super().after_step(trainer, module)
            if trainer.global_step % 2:
                return
            written.append(steps(tmp_path / "checkpoints" / "best.ckpt"))

    score = Watched(metric=Planned(5, 8, 3, 3), every=2, mode=mode, best=best)
    play(LogMetrics(), score, Checkpoint(), steps=8)
    assert list(dict.fromkeys(written)) == kept
    assert steps(tmp_path / "checkpoints" / "last.ckpt") == 8
    assert score.best_score is not None
    assert score.best_score[2] == kept[-1]


def test_no_best_checkpoint_unless_wanted(play: Any, tmp_path: Path) -> None:
    play(Scoring(metric=Planned(5, 8), every=2, keep=False), steps=4)
    assert not (tmp_path / "checkpoints").exists()


def test_a_best_that_is_no_score_is_refused(play: Any) -> None:
    with pytest.raises(
        UsageError, match=r"callback.score.best=planed is not a score of this metric: did you mean planned"
    ):
        play(Scoring(metric=Planned(5), every=1, best="planed"), steps=1)


def test_the_best_survives_going_on(play: Any, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints" / "last.ckpt"
    play(Scoring(metric=Planned(5, 2, 4), every=2), Checkpoint(), steps=6)
    assert steps(file.with_name("best.ckpt")) == 4
    again = Scoring(metric=Planned(3, 1), every=2)
    play(again, Checkpoint(), steps=10, ckpt_path=file)
    assert steps(file.with_name("best.ckpt")) == 10
    assert again.best_score == ("planned", 1, 10)
    elsewhere = Scoring(metric=Planned(9), every=2)  # a new run with another's weights
    play(elsewhere, Checkpoint(), steps=12, ckpt_path=file, directory=tmp_path / "new")
    assert elsewhere.best_score == ("planned", 9, 12)


def test_a_collapse_is_reported_once(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    found = " x xxx xx "
    play(Scoring(metric=Planned(*[1.0] * len(found), collapses=found), every=2), steps=2 * len(found))
    said = capsys.readouterr().err.splitlines()
    assert said == [f"step {k}: the generator has collapsed: all alike, as 2 steps before" for k in (10, 18)]


def test_broken_samples_have_no_score(play: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Breaks(TinyGame):
        def sample(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
            return super().sample(latent) * (float("nan") if self.trainer.global_step == 4 else 1)

    play(Scoring(metric=Planned(1, 2), every=2), steps=6, game=Breaks(), logger=[CSV(str(tmp_path))])
    assert {row["step"]: row["planned"] for row in read(tmp_path / "metrics.csv")} == {2: 1, 6: 2}
    assert capsys.readouterr().err == "step 4: no scores, 5 of 5 samples are not finite\n"


def test_describe(play: Any) -> None:
    score = Scoring(metric=Planned(5, 2, 4), every=2)
    assert score.describe() == ""
    play(score, steps=6)
    assert score.describe() == "planned 4.00, best 2.00 after step 4, real samples -1.00"


def game() -> WGANGP:
    """With chance and running statistics of its own."""
    generator, critic = networks()
    for network in (generator, critic):
        network.insert(2, nn.Dropout(0.3))
    generator.insert(1, nn.BatchNorm1d(16))
    return WGANGP(generator, critic, latent_dim=4, n_critic=2)


def played(
    directory: Path, *callbacks: Any, end: int = 12, resume: Path | None = None
) -> tuple[State, list[dict[str, float]]]:
    module = game()
    trainer = build(
        max_steps=end,
        accelerator="cpu",
        callbacks=[LogMetrics(), *callbacks, Progress(plain_every=1e9), Checkpoint(every=5)],
        logger=[CSV(str(directory))],
        log_every_n_steps=4,
        default_root_dir=str(directory),
    )
    trainer.fit(module, datamodule=Cloud(batch_size=8), ckpt_path=resume)
    rows = [{k: v for k, v in row.items() if k != "images_per_second"} for row in read(directory / "metrics.csv")]
    return state(module), rows


def test_scores_change_nothing(tmp_path: Path) -> None:
    """Weights, averages, statistics and figures, with dropout and batch norm, bit for bit."""
    without, figures = played(tmp_path / "without")
    scored, rows = played(tmp_path / "scored", Scoring(metric=Points(n_fake_training=101), every=2))
    assert same(without, scored)
    assert [row["step"] for row in rows] == [1, 2, 4, 6, 8, 10, 12]
    assert [row for row in rows if row["step"] in (2, 6, 10)] != []
    kept = [{k: v for k, v in row.items() if k not in COLUMNS} for row in rows if row["step"] in (1, 4, 8, 12)]
    assert kept == figures
    assert all(row.keys() >= COLUMNS for row in rows[1:])


def test_a_resumed_run_has_the_scores_of_an_unbroken_one(tmp_path: Path) -> None:
    _, whole = played(tmp_path / "whole", Scoring(metric=Points(n_fake_training=101), every=4))
    broken = tmp_path / "broken"
    played(broken, Scoring(metric=Points(n_fake_training=101), every=4), end=10)
    last = broken / "checkpoints" / "last.ckpt"  # of step 10, in the middle of a mean
    _, rows = played(broken, Scoring(metric=Points(n_fake_training=101), every=4), resume=last)
    scored = [{k: row[k] for k in COLUMNS | {"step"}} for row in rows if "w1" in row and row["step"] != 10]
    assert scored == [{k: row[k] for k in COLUMNS | {"step"}} for row in whole if "w1" in row]


def test_a_score_of_unknown_direction_is_logged_and_keeps_no_best(
    play: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Foreign(Planned):
        def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
            return [Score("of my own", score.value) for score in super().scores(real, fake, seed=seed, full=full)[:1]]

    play(Scoring(metric=Foreign(5, 8), every=2), steps=4, logger=[CSV(str(tmp_path))])
    assert [row["of my own"] for row in read(tmp_path / "metrics.csv") if "of my own" in row] == [5, 8]
    assert not (tmp_path / "checkpoints" / "best.ckpt").exists()
    assert capsys.readouterr().err.count("is a lower of my own better? set callback.score.mode=min or max") == 1
    play(Scoring(metric=Foreign(5, 8), every=2, mode="max"), steps=4, directory=tmp_path / "known")
    assert torch.load(tmp_path / "known" / "checkpoints" / "best.ckpt", weights_only=True)["global_step"] == 4


def critic() -> IndependentCritic:
    return IndependentCritic(size=40, n_fake_training=99, standing=2)


def test_the_independent_critic_changes_nothing_and_a_resumed_run_has_its_scores(tmp_path: Path) -> None:
    """Beside another metric or alone; a run that ended early and goes on has the scores of one that did not."""

    def scoring(every: int = 4) -> Scoring:
        return Scoring(metric=Points(n_fake_training=101), critic=critic(), every=every)

    without, _ = played(tmp_path / "without")
    whole, rows = played(tmp_path / "whole", scoring())
    assert same(without, whole)
    alone, only = played(tmp_path / "alone", Scoring(metric=critic(), every=4))
    assert same(without, alone)
    values = {row["step"]: row["independent_critic"] for row in rows if "independent_critic" in row}
    assert values.keys() == {4, 8, 12}
    assert values == {row["step"]: row["independent_critic"] for row in only if "independent_critic" in row}
    played(tmp_path / "broken", scoring(), end=10)  # which scores step 10, too
    last = tmp_path / "broken" / "checkpoints" / "last.ckpt"
    resumed, rows = played(tmp_path / "broken", scoring(), resume=last)
    assert same(without, resumed)
    assert next(row["independent_critic"] for row in rows if row["step"] == 12) == values[12]
