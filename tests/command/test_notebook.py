"""Runs within a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan_lightning import UsageError, play
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.logger.csv import read
from gan_lightning.notebook import FinishedRun
from gan_lightning.train import train
from tests.helper.command import checked

TINY = (
    "data=ring8",
    "data.batch_size=16",
    "model=mlp_small",
    "model.generator.width=8",
    "model.critic.width=8",
    "objective=wgan_clip",
    "trainer.accelerator=cpu",
    "trainer.max_steps=4",
    "trainer.log_every_n_steps=2",
    "callback.samples.every=4",
    "callback.samples.early=false",
    "callback.score.every=4",
)


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nowhere")


@pytest.fixture(scope="module")
def played(nowhere: Path) -> FinishedRun:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(nowhere)
        return play(*TINY)


@pytest.mark.training
def test_says_nothing_and_leaves_nothing(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(nowhere)
    play(*TINY)
    assert capfd.readouterr() == ("", "")
    assert not list(nowhere.iterdir())


@pytest.mark.training
def test_plays_what_the_command_plays(played: FinishedRun, tmp_path: Path) -> None:
    config = checked(*TINY, "logger=none", f"run_dir={tmp_path}") | {"callback": {}}
    same = train(TrainConfig(**config)).lightning_module
    for ours, theirs in zip(played.module.parameters(), same.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert len(read(tmp_path / "metrics.csv")) == 2  # without a callback for it, the module logs; here:
    assert [row["step"] for row in played.rows] == [1, 2, 4]
    assert {"wasserstein", "w1", "modes"} <= played.rows[-1].keys()


def test_hands_back_players_and_pictures(played: FinishedRun) -> None:
    game = played.module
    assert game.sample(game.latent(5, "test")).shape == (5, 2)
    assert max(weight.abs().max().item() for weight in game.critic.parameters()) <= 0.01  # clipped
    assert list(played.pictures) == [0, 4]
    assert played.pictures[4].size == (640, 632)


@pytest.mark.training
def test_plays_without_anybody_watching(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(nowhere)
    assert play(*(it for it in TINY if not it.startswith("callback")), "callback=none").pictures == {}


@pytest.mark.training
@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("objective.clipp=1", "clip"),
        ("objective.clip=-1", "greater than 0"),
        ("objective=wgan_clp", "wgan_clip"),
        ("objective.clip", "objective.clip"),
    ],
)
def test_refuses_what_the_command_refuses(override: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint) as refused:
        play(*TINY, override)
    assert "\n" not in str(refused.value)
