"""What a run says at its start and what it suggests at its end follow from that run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lightning.pytorch.callbacks import Timer
from omegaconf import OmegaConf

from gan_lightning.callback import next_commands as suggestions
from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.opening import opening
from gan_lightning.callback.score import Scoring
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import instantiate
from gan_lightning.logger.csv import read
from gan_lightning.metric.points import Points
from gan_lightning.run.signature import sign
from gan_lightning.train import train
from gan_lightning.trainer.default import build
from tests.helper.command import checked

SMALL = ("model=mlp_small", "model.generator.width=8", "model.critic.width=8", "trainer.accelerator=cpu")


@pytest.fixture(scope="module")
def parts() -> tuple[Any, Any]:
    config = checked("data=ring8", "objective=wgan_gp", *SMALL)
    networks = {name: instantiate(node) for name, node in config["model"].items()}
    return instantiate(config["objective"], **networks), instantiate(config["data"])


def test_it_says_what_is_trained_where_and_how_to_go_on(
    parts: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module, data = parts
    data.setup()
    generator, critic = (sum(p.numel() for p in net.parameters()) for net in (module.generator, module.critic))
    callbacks = [Checkpoint(), Scoring(metric=Points(), every=20)]
    trainer = build(accelerator="cpu", default_root_dir=str(tmp_path / "runs" / "one"), callbacks=callbacks)
    assert opening(trainer, module, data) == {
        "writes": "runs/one",
        "trains": f"WGANGP on Ring8: endless samples of 2 numbers; generator of {generator:,} parameters, critic of "
        f"{critic:,}; on cpu",
        "scores": "w1, every 20 steps",
        "stops": "with Ctrl-C, after its step; python -m gan_lightning.train run=runs/one goes on",
    }


@pytest.mark.parametrize("callbacks", [[Timer("00:00:01:00")], [Checkpoint(weights_only=True)]])
def test_it_promises_nothing_without_a_checkpoint(callbacks: list[Any], parts: tuple[Any, Any], tmp_path: Path) -> None:
    module, data = parts
    data.setup()
    trainer = build(accelerator="cpu", default_root_dir=str(tmp_path), callbacks=callbacks)
    said = opening(trainer, module, data)
    assert said["stops"].startswith("with Ctrl-C, for good")
    assert said["scores"] == ""


def test_numbered_data_and_features_are_named(tmp_path: Path) -> None:
    config = checked(*SMALL)
    networks = {name: instantiate(node) for name, node in config["model"].items()}
    module, data = instantiate(config["objective"], **networks), instantiate(config["data"])
    data.setup()
    callbacks = [Scoring(metric=instantiate(config["metric"]))]
    said = opening(build(accelerator="cpu", default_root_dir=str(tmp_path), callbacks=callbacks), module, data)
    assert f"on Mnist5k: {len(data.train):,} samples of 1×28×28" in said["trains"]
    assert said["scores"] == "frechet/digits, every 250 steps"


@pytest.mark.parametrize("samples", [100, 40])
def test_own_data_are_scored_by_the_independent_critic_where_enough_are_held_out(
    samples: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "points.npy", np.random.default_rng(0).normal(size=(samples, 3)).astype(np.float32))
    config = checked("data=array", f"data.path={tmp_path}/points.npy", "model=mlp_small", "objective=wgan_gp")
    networks = {name: instantiate(node) for name, node in config["model"].items()}
    module, data = instantiate(config["objective"], **networks), instantiate(config["data"])
    data.setup()
    trainer = build(accelerator="cpu", default_root_dir=str(tmp_path), callbacks=[scoring := scoring_of(config)])
    said = opening(trainer, module, data)["scores"]
    trainer.datamodule = data
    scoring.setup(trainer, module, "fit")
    if samples == 100:
        assert said == "independent_critic, every 250 steps"
    else:
        assert said == ""
        assert scoring.metric is None
        assert "no scores: the held_out split of these data holds 4 sample(s)" in capsys.readouterr().err


def scoring_of(config: dict[str, Any]) -> Scoring:
    found: Scoring = instantiate(config["callback"]["score"])
    return found


def run_of(directory: Path, objective: str) -> Path:
    (directory / "checkpoints").mkdir(parents=True)
    (directory / "checkpoints" / "last.ckpt").touch()
    (directory / "config.yaml").write_text(sign(f"trainer: {{max_steps: 50}}\nobjective: {objective}\n"))
    return directory


@pytest.mark.parametrize(
    ("objective", "typed", "sweep"),
    [
        ("{gp_weight: 0.1}", ["data=ring8"], "data=ring8 objective.gp_weight=0.01,0.1,1"),
        (
            "{clip: 0.01}",
            ["objective.clip=0.01", "data.root=my photos"],
            "'data.root=my photos' objective.clip=0.001,0.01,0.1",
        ),
        ("{n_critic: 1}", ["+seed=4", "run_dir=one run", "model=dcgan"], "model=dcgan seed=1,2,3"),
    ],
)
def test_commands_follow_from_the_run(
    objective: str, typed: list[str], sweep: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(tmp_path / "one run", objective)
    monkeypatch.setattr(suggestions.HydraConfig, "initialized", lambda: True)
    monkeypatch.setattr(suggestions.HydraConfig, "get", lambda: OmegaConf.create({"job": {"config_name": "train"}}))
    monkeypatch.setattr(suggestions, "typed_overrides", lambda: typed)
    assert suggestions.next_commands(run, scored=True) == [
        "python -m gan_lightning.sample run='one run'",
        "python -m gan_lightning.evaluate run='one run'",
        "python -m gan_lightning.train run='one run' trainer.max_steps=100",
        f"python -m gan_lightning.train -m {sweep}",
    ]
    assert not [command for command in suggestions.next_commands(run, scored=False) if "evaluate" in command]


def test_without_hydra_and_checkpoint_there_is_nothing_to_try(tmp_path: Path) -> None:
    assert suggestions.next_commands(tmp_path, scored=True) == []


@pytest.mark.training
def test_the_command_says_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = ("data=ring8", "metric=none", "logger=none", "trainer.max_steps=2", *SMALL)
    train(TrainConfig(**checked(*overrides, f"run_dir={tmp_path / 'one'}")))
    said = capsys.readouterr().out
    first, last = said.index("writes "), said.index("finished ")
    assert first < said.index("trains ") < said.index("stops ") < last
    suggested = [line for line in said[last:].splitlines() if "python -m gan_lightning" in line]
    assert suggested
    assert all(shlex.quote(str(tmp_path / "one")) in line for line in suggested)


@pytest.mark.training
@pytest.mark.parametrize(
    ("debug", "steps"), [("default", [*range(1, 11)]), ("fast", [1]), ("overfit", [*range(1, 7)]), ("profile", [1, 6])]
)
def test_debug_configs_run(debug: str, steps: list[int], tmp_path: Path) -> None:
    short = () if debug in ("default", "fast") else ("trainer.max_steps=6",)
    config = checked("experiment=ring8", f"debug={debug}", *SMALL, *short)
    assert config["metric"] is None
    trainer = train(TrainConfig(**config | {"run_dir": str(tmp_path)}))
    assert [type(logger).__name__ for logger in trainer.loggers] == ["CSV"]
    assert [row["step"] for row in read(tmp_path / "metrics.csv")] == steps
    assert (tmp_path / "profile").is_dir() == (debug == "profile")
    assert not (tmp_path / "checkpoints").exists()
